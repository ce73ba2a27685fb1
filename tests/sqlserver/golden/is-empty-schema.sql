SELECT 1 FROM sys.schemas AS s
WHERE s.[name] = @name
    AND NOT EXISTS (SELECT 1 FROM sys.objects AS o WHERE o.schema_id = s.schema_id)
    AND NOT EXISTS (SELECT 1 FROM sys.types AS t WHERE t.schema_id = s.schema_id)
    AND NOT EXISTS (
        SELECT 1 FROM sys.xml_schema_collections AS x WHERE x.schema_id = s.schema_id
    );
