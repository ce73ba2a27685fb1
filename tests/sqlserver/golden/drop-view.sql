DROP VIEW [it's ]]].[a "b"; -- [c]]]]\
/* 😀 ?];
