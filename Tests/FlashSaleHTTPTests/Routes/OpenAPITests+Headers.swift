// The header fields of an answer against those that the description says it has.

import Foundation
import NIOHTTP1
import Testing
import Textbook

@testable import FlashSaleHTTP

extension JSONSchema {
    /// What belongs to the connection or to the body, and not to an answer of this API.
    private static let ofTransport: Set = [
        "connection", "content-length", "content-type", "date", "keep-alive", "traceresponse",
    ]

    /// What is wrong with the fields: one that must be there is not, one is not described, or its value is another.
    func problems(of fields: [(name: String, value: String)], with headers: [String: JSONValue]) -> [String] {
        let described = headers.mapValues { resolved($0) }
        let missing = described.filter { name, header in
            header["required"] == .bool(true) && !fields.contains { $0.name.lowercased() == name.lowercased() }
        }
        let wrong = fields.flatMap { field -> [String] in
            let name = field.name.lowercased()
            if Self.ofTransport.contains(name) { return [] }
            guard let header = described.first(where: { $0.key.lowercased() == name })?.value,
                let schema = header["schema"]
            else { return ["\(field.name) is not described"] }
            let isNumber = schema["type"] == "integer"
            let value = isNumber ? Int(field.value).map { JSONValue.integer($0) } : .string(field.value)
            return problems(of: value ?? .null, with: schema, at: field.name)
        }
        return missing.keys.map { "\($0) is missing" } + wrong
    }
}

extension OpenAPITests {
    @Test("A path of the description is the service's, and takes the methods that the description says, and no others")
    func methods() throws {
        let samples = ["{act}": "join", "{name}": "heap", "{sale}": "7", "{number}": "1", "{id}": "7", "{code}": "c"]
        for (path, operations) in try Self.description()["paths"]?.members ?? [:] {
            let sample = samples.reduce(path) { $0.replacing($1.key, with: $1.value) }
            let methods = Route(path: sample[...]).methods.map(\.rawValue).filter { $0 != "HEAD" }
            let described = operations.members.keys.filter { $0 != "servers" }.map { $0.uppercased() }
            #expect(Set(methods) == Set(described), "\(path)")
        }
    }

    @Test("Every path of the service is described, but for the console and the documents")
    func paths() throws {
        let described = try Self.description()["paths"]?.members.keys.map { $0 } ?? []
        let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().appendingPathComponent("../../../..")
        let source = root.appendingPathComponent("Sources/FlashSaleHTTP/Wire/Route.swift").standardized
        let code = try String(contentsOf: source, encoding: .utf8)
        let part = try #require(code.split(separator: "var template: String {").last)
        let acts = Route.Act.allCases.map { "/admin/sales/{id}/\($0.rawValue)" } + ["/act/{act}"]
        let templates = part.matches(of: #/"(\/[^"\\]*)"/#).map { String($0.1) } + acts
        #expect(templates.count > 25)
        #expect(Set(templates).subtracting(described) == ["/docs/{path}"])
    }
}
