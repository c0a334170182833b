// The bodies that operators send: the fields that the description has are those that the routes know.

import FlashSale
import Testing
import Textbook

@testable import FlashSaleHTTP

extension OpenAPITests {
    @Test("An operator's body has the fields of the description, and no others")
    func operatorsBodies() async throws {
        let schema = JSONSchema(document: try Self.description())
        let paths = (schema.document["paths"]?.members ?? [:]).filter { $0.key.hasPrefix("/admin/") }
        var count = 0
        for (template, operations) in paths {
            for (method, operation) in operations.members {
                guard let content = operation["requestBody"]?["content"]?["application/json"] else { continue }
                let body = schema.resolved(try #require(content["schema"]))
                let target = template.replacing("{id}", with: "7").replacing("{number}", with: "1")
                    .replacing("{code}", with: Self.code)
                let answer = try await TestServer.with {
                    try await $0.ask(
                        method.uppercased(), target, [Self.admin, Self.json, "If-Match: *"], body: #"{"?":1}"#)
                }
                let names = try #require(body["properties"]?.members.keys).sorted().joined(separator: ", ")
                #expect(answer.status == 400)
                #expect(answer.text.contains(#""?":"is none of \#(names)""#), "\(target): \(answer.text)")
                #expect(body["additionalProperties"] == false, "\(template) has fields that nobody knows")
                count += 1
            }
        }
        #expect(count == 8)
    }
}
