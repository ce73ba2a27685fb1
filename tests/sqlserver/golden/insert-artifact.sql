INSERT INTO [rewind].[artifact] ([digest], [content])
SELECT @digest, @content
WHERE NOT EXISTS (SELECT 1 FROM [rewind].[artifact] WHERE [digest] = @digest);
