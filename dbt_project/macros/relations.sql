-- Views name what they read by schema and table only: the file is renamed after the build, and whoever attaches it may call it
-- anything. With the name of the database in them they would look for it under the name that it had while it was built.

{% macro ref() %}
    {% do return(builtins.ref(*varargs, **kwargs).include(database=false)) %}
{% endmacro %}

{% macro source() %}
    {% do return(builtins.source(*varargs, **kwargs).include(database=false)) %}
{% endmacro %}
