DECLARE
    @name nvarchar(128) = N'MS_Description',
    @value nvarchar(3750) = N'key',
    @level0type varchar(128) = N'SCHEMA',
    @level0name nvarchar(128) = N'rewind_r1_gold',
    @level1type varchar(128) = N'TABLE',
    @level1name nvarchar(128) = N'orders',
    @level2type varchar(128) = N'COLUMN',
    @level2name nvarchar(128) = N'id';
EXEC sys.sp_addextendedproperty
    @name = @name, @value = @value, @level0type = @level0type, @level0name = @level0name, @level1type = @level1type, @level1name = @level1name, @level2type = @level2type, @level2name = @level2name;
