BACKUP DATABASE [it's ]]] TO DISK = N'/var/opt/mssql/backup/it''s.bak' WITH COPY_ONLY, CHECKSUM, FORMAT, INIT;
