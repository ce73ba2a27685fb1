SELECT
    USER_NAME(), SUSER_SNAME(),
    CONVERT(nvarchar(60), DATABASEPROPERTYEX(DB_NAME(), N'Updateability')),
    d.is_read_committed_snapshot_on, d.snapshot_isolation_state_desc,
    CONVERT(nvarchar(30), SYSUTCDATETIME(), 126),
    HAS_PERMS_BY_NAME(QUOTENAME(DB_NAME()), N'DATABASE', N'VIEW DATABASE STATE')
FROM sys.databases AS d
WHERE d.database_id = DB_ID();
