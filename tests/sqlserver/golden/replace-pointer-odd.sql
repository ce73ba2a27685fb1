CREATE OR ALTER VIEW [it's ]]].[a "b"; -- [c]]]]\
/* 😀 ?] AS SELECT * FROM [rewind_r2_gold].[orders];
