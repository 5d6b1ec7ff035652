"""Queries of tree-sitter: what is a definition, a namespace and a default in each language.

Strings only. `@name` is the name of a `@definition.KIND`; `@namespace` is no definition, but what
stands in it stands as if at the margin; a definition that is `@namespace` too is both. A
`@declared` definition has its body elsewhere; one that begins within a `@body` is a variable.
`@made`: the value that some call gives. A `@holder` defines nothing, but what stands in it belongs
to its `@name`; an `@owner` is what a definition belongs to that stands elsewhere. Constants and
variables are meant only where no function is around them.
"""

from __future__ import annotations

_NO_IMPORT = '(#not-match? @_value "^require[(]")'
_CONST = f"""(lexical_declaration kind: "const" (variable_declarator name: (identifier) @name
  value: (_)? @_value {_NO_IMPORT}) @definition.constant)"""
_VARIABLE = f"""[(lexical_declaration kind: "let"
  (variable_declarator name: (identifier) @name) @definition.variable)
  (variable_declaration (variable_declarator name: (identifier) @name
    value: (_)? @_value {_NO_IMPORT}) @definition.variable)]"""
_FUNCTION = "[(arrow_function) (function_expression) (generator_function)]"
SCRIPT = f"""
[(function_declaration name: (_) @name) (generator_function_declaration name: (_) @name)
 (function_signature name: (_) @name) (method_definition name: (_) @name)
 (method_signature name: (_) @name) (abstract_method_signature name: (_) @name)
] @definition.function
[(class_declaration name: (_) @name) (abstract_class_declaration name: (_) @name)
] @definition.class
(interface_declaration name: (_) @name) @definition.interface
(type_alias_declaration name: (_) @name) @definition.type
(enum_declaration name: (_) @name) @definition.enum
(internal_module name: (_) @name) @definition.module
(variable_declarator name: (identifier) @name value: {_FUNCTION} @definition.function)
(variable_declarator name: (identifier) @name value: (class) @definition.class)
(variable_declarator name: (identifier) @name
  value: (call_expression function: (_) @made (#not-eq? @made "require")) @definition.function)
(public_field_definition name: (_) @name value: {_FUNCTION} @definition.function)
(public_field_definition "static" name: (_) @name value: (_)) @definition.constant
(program [{_CONST} {_VARIABLE}])
(program (export_statement [{_CONST} {_VARIABLE}]))
(internal_module body: (_ (export_statement [{_CONST} {_VARIABLE}])))
(pair key: (property_identifier) @name value: {_FUNCTION} @definition.function)
(assignment_expression left: [(identifier) @name (member_expression property: (_) @name)]
  right: {_FUNCTION} @definition.function)
(assignment_expression left: [(identifier) @name (member_expression property: (_) @name)]
  right: (class) @definition.class)
"""
SCRIPT_DEFAULTS = """
(required_parameter pattern: (identifier) @parameter value: (_) @value)
(optional_parameter pattern: (identifier) @parameter value: (_) @value)
(assignment_pattern left: (identifier) @parameter right: (_) @value)
(object_assignment_pattern left: (_) @parameter right: (_) @value)
"""


def _declares(names: str) -> str:
    """A declarator of a function of one of these names, which may return pointers."""
    plain = f"(function_declarator declarator: [{names}] @name)"
    once = f"(pointer_declarator declarator: {plain})"
    return f"{plain} {once} (pointer_declarator declarator: {once})"


_VALUES = """
(preproc_function_def name: (_) @name) @definition.macro
(preproc_def name: (_) @name value: (_)) @definition.constant
(declaration declarator: [(init_declarator declarator: [(identifier) @name
  (array_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (identifier) @name)])]) @definition.variable
(declaration (type_qualifier) @_const declarator: (init_declarator declarator: [(identifier) @name
  (array_declarator declarator: (identifier) @name)
  (pointer_declarator declarator: (identifier) @name)])
  (#match? @_const "^const")) @definition.constant
"""
C = f"""
(function_definition declarator: [{_declares("(identifier)")}]) @definition.function
(declaration declarator: [{_declares("(identifier)")}]) @definition.function @declared
(function_definition body: (_) @body)
(struct_specifier name: (type_identifier) @name body: (_)) @definition.struct
(union_specifier name: (type_identifier) @name body: (_)) @definition.union
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
(type_definition declarator: [(type_identifier) @name
  (pointer_declarator declarator: (type_identifier) @name)
  (function_declarator declarator: (parenthesized_declarator
    (pointer_declarator declarator: (type_identifier) @name)))]) @definition.type
{_VALUES}
(linkage_specification body: (_) @namespace)
"""
_NAMES = """(identifier) (field_identifier) (qualified_identifier) (destructor_name)
(operator_name) (template_function)"""
_RETURNS = f"{_declares(_NAMES)} (reference_declarator [{_declares(_NAMES)}])"
_NO_MACRO = '(#not-match? @name "^(TEST|[A-Z0-9]+_[A-Z0-9_]*)$")'  # that makes a function
_TYPE = "[(type_identifier) (qualified_identifier) (template_type)] @name"
CPP = f"""
(function_definition type: (_) declarator: [{_RETURNS}]) @definition.function
(function_definition !type declarator: [{_RETURNS}] {_NO_MACRO}) @definition.function
(declaration declarator: [{_RETURNS}]) @definition.function @declared
(field_declaration declarator: [{_RETURNS}]) @definition.function @declared
(function_definition body: (_) @body)
(class_specifier name: {_TYPE} body: (_)) @definition.class
(struct_specifier name: {_TYPE} body: (_)) @definition.struct
(union_specifier name: {_TYPE} body: (_)) @definition.union
(enum_specifier name: {_TYPE} body: (_)) @definition.enum
(alias_declaration name: (type_identifier) @name) @definition.type
(concept_definition name: (_) @name) @definition.concept
(type_definition declarator: [(type_identifier) @name (reference_declarator (type_identifier) @name)
  (pointer_declarator declarator: (type_identifier) @name)
  (function_declarator declarator: (parenthesized_declarator
    (pointer_declarator declarator: (type_identifier) @name)))]) @definition.type
{_VALUES}
(field_declaration declarator: (field_identifier) @name default_value: (_)) @definition.constant
[(namespace_definition !name body: (_)) (linkage_specification body: (declaration_list))] @namespace
(namespace_definition name: (_) @name body: (_)) @namespace
"""
CPP_DEFAULTS = """
(optional_parameter_declaration declarator: [(identifier) @parameter (_ (identifier) @parameter)]
  default_value: (_) @value)
"""
GO = """
(function_declaration name: (_) @name) @definition.function
(method_declaration receiver: (parameter_list (parameter_declaration type: [(type_identifier) @owner
  (generic_type type: (_) @owner) (pointer_type [(type_identifier) @owner
  (generic_type type: (_) @owner)])])) name: (_) @name) @definition.method
(method_elem name: (_) @name) @definition.method
(type_spec name: (_) @name) @definition.type
(type_spec name: (_) @name type: (struct_type)) @definition.struct
(type_spec name: (_) @name type: (interface_type)) @definition.interface
(type_alias name: (_) @name) @definition.type
(const_spec name: (_) @name) @definition.constant
(var_spec name: (_) @name) @definition.variable
"""
RUST = """
(struct_item name: (_) @name) @definition.struct
(enum_item name: (_) @name) @definition.enum
(union_item name: (_) @name) @definition.union
(type_item name: (_) @name) @definition.type
(trait_item name: (_) @name) @definition.trait
(mod_item name: (_) @name) @definition.module
(macro_definition name: (_) @name) @definition.macro
[(function_item name: (_) @name) (function_signature_item name: (_) @name)] @definition.function
[(const_item name: (_) @name) (static_item name: (_) @name)] @definition.constant
(impl_item type: [(type_identifier) @name (generic_type type: (_) @name)
  (scoped_type_identifier name: (_) @name)] body: (_)) @holder
(impl_item trait: [(type_identifier) @name (generic_type type: (_) @name)
  (scoped_type_identifier name: (_) @name)
  (generic_type type: (scoped_type_identifier name: (_) @name))]
  type: [(type_identifier) @owner (generic_type type: (_) @owner)
  (reference_type type: [(type_identifier) @owner (generic_type type: (_) @owner)])]
) @definition.implementation
"""
JAVA = """
(class_declaration name: (_) @name) @definition.class
(interface_declaration name: (_) @name) @definition.interface
(annotation_type_declaration name: (_) @name) @definition.annotation
(enum_declaration name: (_) @name) @definition.enum
(record_declaration name: (_) @name) @definition.record
(method_declaration name: (_) @name) @definition.method
(constructor_declaration name: (_) @name) @definition.constructor
(field_declaration (modifiers "static" "final") declarator: (_ name: (_) @name)
) @definition.constant
"""
C_SHARP = """
(class_declaration name: (_) @name) @definition.class
(record_declaration name: (_) @name) @definition.record
(struct_declaration name: (_) @name) @definition.struct
(interface_declaration name: (_) @name) @definition.interface
(enum_declaration name: (_) @name) @definition.enum
(delegate_declaration name: (_) @name) @definition.delegate
(method_declaration name: (_) @name) @definition.method
(local_function_statement name: (_) @name) @definition.function
(constructor_declaration name: (_) @name) @definition.constructor
(property_declaration name: (_) @name) @definition.property
(field_declaration (modifier) @_fixed (variable_declaration (variable_declarator name: (_) @name))
  (#any-of? @_fixed "const" "static")) @definition.constant
(namespace_declaration) @namespace
"""
C_SHARP_DEFAULTS = '(parameter name: (identifier) @parameter "=" . (_) @value)'
RUBY = """
(module name: (_) @name) @definition.module @namespace
(class name: (_) @name) @definition.class
[(method name: [(identifier) (constant) (operator) (setter)] @name)
 (singleton_method name: [(identifier) (constant) (operator) (setter)] @name)] @definition.method
(alias name: (_) @name) @definition.method
(assignment left: (constant) @name) @definition.constant
(assignment left: (constant) @name right: (call receiver: (constant) @_class method: (_) @_new
  (#any-of? @_class "Class" "Data" "Module" "Struct") (#any-of? @_new "new" "define"))
) @definition.class
(call method: (identifier) @_define arguments: (argument_list . (simple_symbol) @name)
  (#any-of? @_define "define_method" "alias_method" "define_singleton_method")) @definition.method
"""
RUBY_DEFAULTS = """
(optional_parameter name: (_) @parameter value: (_) @value)
(keyword_parameter name: (_) @parameter value: (_) @value)
"""
PHP = """
(class_declaration name: (_) @name) @definition.class
(interface_declaration name: (_) @name) @definition.interface
(trait_declaration name: (_) @name) @definition.trait
(enum_declaration name: (_) @name) @definition.enum
(function_definition name: (_) @name) @definition.function
(method_declaration name: (_) @name) @definition.method
(const_element . (name) @name) @definition.constant
(namespace_definition body: (_)) @namespace
"""
PHP_DEFAULTS = """
(simple_parameter name: (variable_name (name) @parameter) default_value: (_) @value)
(property_promotion_parameter name: (variable_name (name) @parameter) default_value: (_) @value)
"""
BASH = "(function_definition name: (_) @name) @definition.function"
KOTLIN = """
(class_declaration "class" name: (_) @name) @definition.class
(class_declaration (modifiers (class_modifier "enum")) "class" name: (_) @name) @definition.enum
(class_declaration "interface" name: (_) @name) @definition.interface
(object_declaration name: (_) @name) @definition.object
(companion_object name: (_) @name) @definition.object
(function_declaration name: (_) @name) @definition.function
(type_alias type: (identifier) @name) @definition.type
(property_declaration (modifiers (property_modifier "const"))
  (variable_declaration (identifier) @name)) @definition.constant
(source_file (property_declaration (variable_declaration (identifier) @name)) @definition.variable)
"""
KOTLIN_DEFAULTS = """
(function_value_parameters (parameter . (identifier) @parameter) . "=" . (_) @value)
(class_parameter (identifier) @parameter "=" . (_) @value)
"""
SWIFT = """
(class_declaration declaration_kind: ["class" "actor"] name: (type_identifier) @name
) @definition.class
(class_declaration declaration_kind: "struct" name: (type_identifier) @name) @definition.struct
(class_declaration declaration_kind: "enum" name: (type_identifier) @name) @definition.enum
(protocol_declaration name: (_) @name) @definition.protocol
[(function_declaration "func" . name: (_) @name)
 (protocol_function_declaration "func" . name: (_) @name)] @definition.function
(init_declaration "init" @name) @definition.constructor
(typealias_declaration name: (type_identifier) @name) @definition.type
(class_declaration declaration_kind: "extension" name: (user_type) @name) @holder
(source_file (property_declaration name: (pattern bound_identifier: (_) @name)
) @definition.variable)
(property_declaration (modifiers (property_modifier "static"))
  name: (pattern bound_identifier: (_) @name)) @definition.constant
(property_declaration (value_binding_pattern "let")
  name: (pattern bound_identifier: (_) @name) value: (_)) @definition.constant
(macro_declaration (simple_identifier) @name) @definition.macro
"""
SWIFT_DEFAULTS = """
(_ (parameter name: (simple_identifier) @parameter) . "=" . default_value: (_) @value)
"""
LUA = """
(function_declaration name: [(identifier) @name (dot_index_expression field: (_) @name)
  (method_index_expression method: (_) @name)]) @definition.function
(assignment_statement
  (variable_list . name: [(identifier) @name (dot_index_expression field: (_) @name)])
  (expression_list . value: (function_definition))) @definition.function
(table_constructor (field name: (identifier) @name value: (function_definition)
) @definition.function)
"""
SCALA = """
(class_definition name: (_) @name) @definition.class
(object_definition name: (_) @name) @definition.object
(package_object name: (_) @name) @definition.object
(trait_definition name: (_) @name) @definition.trait
(enum_definition name: (_) @name) @definition.enum
[(function_definition name: (_) @name) (function_declaration name: (_) @name)
] @definition.function
(type_definition name: (_) @name) @definition.type
(val_definition pattern: (identifier) @name) @definition.constant
"""
SCALA_DEFAULTS = """
(parameter name: (_) @parameter default_value: (_) @value)
(class_parameter name: (_) @parameter default_value: (_) @value)
"""
