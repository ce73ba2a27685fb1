ALTER AUTHORIZATION ON SCHEMA::[rewind_r2_gold] TO [an owner];
