SELECT 1 FROM [gold].[orders] WHERE 1 = 0
UNION ALL SELECT 1 FROM [it's ]]].[a "b"; -- [c]]]]\
/* 😀 ?] WHERE 1 = 0;
