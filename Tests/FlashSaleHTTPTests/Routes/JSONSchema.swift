// The part of JSON Schema that the API's description uses. An unknown keyword fails, so that every part of the
// description is checked.

import FlashSale
import Textbook

@testable import FlashSaleHTTP

struct JSONSchema {
    let document: JSONValue

    /// The differences between a value and the schema, one sentence each.
    func problems(of value: JSONValue, with schema: JSONValue, at path: String = "$") -> [String] {
        guard case .object(let keywords) = schema else { return ["\(path): the schema is no object"] }
        return keywords.flatMap { keyword, rule in
            problems(of: value, keyword: keyword, rule: rule, schema: schema, at: path)
        }
    }

    /// The value behind a reference like `#/components/schemas/Sale`; any other value is itself.
    func resolved(_ value: JSONValue) -> JSONValue {
        guard case .string(let reference)? = value["$ref"] else { return value }
        return reference.dropFirst(2).split(separator: "/").reduce(document) { $0[String($1)] ?? .null }
    }

    private func problems(
        of value: JSONValue, keyword: String, rule: JSONValue, schema: JSONValue, at path: String
    ) -> [String] {
        let fault = "\(path): \(value) against \(keyword) \(rule)"
        switch (keyword, rule, value) {
        case ("description", _, _), ("default", _, _), ("example", _, _): return []
        case ("$ref", _, _): return problems(of: value, with: resolved(schema), at: path)
        case ("type", .string(let type), _): return value.hasType(type) ? [] : [fault]
        case ("enum", .array(let values), _): return values.contains(value) ? [] : [fault]
        case ("required", .array(let names), .object):
            return names.filter { if case .string(let name) = $0 { value[name] == nil } else { true } }.map { _ in fault
            }
        case ("properties", .object(let properties), .object):
            return properties.flatMap { name, schema in
                value[name].map { problems(of: $0, with: schema, at: "\(path).\(name)") } ?? []
            }
        case ("additionalProperties", _, .object(let members)):
            return members.filter { schema["properties"]?[$0.key] == nil }.flatMap { key, value in
                rule == .bool(false) ? [fault] : problems(of: value, with: rule, at: "\(path).\(key)")
            }
        case ("items", _, .array(let elements)):
            return elements.enumerated().flatMap { problems(of: $1, with: rule, at: "\(path)[\($0)]") }
        case ("minimum", .integer(let bound), .integer(let number)): return number >= bound ? [] : [fault]
        case ("maximum", .integer(let bound), .integer(let number)): return number <= bound ? [] : [fault]
        case ("minLength", .integer(let bound), .string(let text)): return text.count >= bound ? [] : [fault]
        case ("maxLength", .integer(let bound), .string(let text)): return text.count <= bound ? [] : [fault]
        case ("pattern", .string(let pattern), .string(let text)):
            return (try? Regex(pattern).firstMatch(in: text)) == nil ? [fault] : []
        case ("format", .string("date-time"), .string(let text)):
            return UTCTime(rfc3339: text) == nil ? [fault] : []
        default: return [fault]
        }
    }
}

extension JSONValue {
    var members: [String: JSONValue] {
        if case .object(let members) = self { members } else { [:] }
    }

    fileprivate func hasType(_ type: String) -> Bool {
        switch (self, type) {
        case (.object, "object"), (.array, "array"), (.string, "string"), (.bool, "boolean"), (.integer, "integer"):
            true
        default: false
        }
    }
}
