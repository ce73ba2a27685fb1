SELECT CONVERT(nvarchar(60), DATABASEPROPERTYEX(name, N'Status'))
FROM sys.databases
WHERE name = @name;
