RESTORE FILELISTONLY FROM DISK = N'/var/opt/mssql/backup/shop.bak';
