SELECT [content] FROM [rewind].[artifact] WHERE [digest] = @digest;
