UPDATE [rewind].[ledger] SET [version] = @version WHERE [version] = @found;
