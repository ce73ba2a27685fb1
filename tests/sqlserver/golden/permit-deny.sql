DENY VIEW DEFINITION ON OBJECT::[it's].[a "b"; -- c] TO [reader];
