INSERT INTO [rewind].[ledger] ([version])
SELECT @version WHERE NOT EXISTS (SELECT 1 FROM [rewind].[ledger]);
