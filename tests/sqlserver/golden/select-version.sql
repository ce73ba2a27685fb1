SELECT [version] FROM [rewind].[ledger];
