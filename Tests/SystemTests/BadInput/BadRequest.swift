// The requests that no honest client sends, as bytes, each with its documented answer.

struct BadRequest: Sendable {
    let name: String
    let bytes: [UInt8]
    let status: Int
    /// The `Reason`, or the text of a path without a route.
    let reason: String

    init(
        _ line: String, _ fields: [String] = [], body: [UInt8]? = nil, is status: Int, _ reason: String
    ) {
        let length = body.map { ["Content-Length: \($0.count)"] } ?? []
        let head = (["\(line) HTTP/1.1", "Host: localhost"] + fields + length).joined(separator: "\r\n")
        name = "\(line.prefix(120)) \(fields) \(body.map { String(decoding: $0.prefix(80), as: UTF8.self) } ?? "")"
        bytes = Array((head + "\r\n\r\n").utf8) + (body ?? [])
        self.status = status
        self.reason = reason
    }

    static func all(sale: Int) -> [BadRequest] {
        parameters(sale: sale) + names(sale: sale) + bodies(sale: sale) + methods + sales(sale: sale)
    }

    /// Parameters that are missing, empty, too long, or have characters that identifiers do not have.
    private static func parameters(sale: Int) -> [BadRequest] {
        let long = String(repeating: "a", count: 65)
        let huge = String(repeating: "a", count: 5_000)
        let values = [
            "", "%20", long, huge, "%FF%FE", "%C3%28", "%00", "%0D%0A", "%7F", "a%", "a%zz", "%E2%80%AE", "'--",
        ]
        var samples: [BadRequest] = []
        for value in values {
            let item = "ITM-\(sale)-1"
            samples.append(BadRequest("POST /checkout?user_id=\(value)&id=\(item)", is: 400, "validation"))
            samples.append(BadRequest("POST /checkout?user_id=eve&id=\(value)", is: 400, "validation"))
            samples.append(BadRequest("POST /purchase?code=\(value)", is: 400, "validation"))
            samples.append(BadRequest("DELETE /checkout?code=\(value)", is: 400, "validation"))
        }
        samples += [
            "POST /checkout", "POST /checkout?user_id=eve", "POST /checkout?id=ITM-\(sale)-1", "POST /purchase",
            "DELETE /checkout", "POST /checkout?user_id=eve&user_id=eve&id=ITM-\(sale)-1", "POST /checkout?&&==&%",
            "GET /sales/\(sale)/items?limit=0", "GET /sales/\(sale)/items?limit=1001",
            "GET /sales/\(sale)/items?limit=-1", "GET /sales/\(sale)/items?limit=99999999999999999999",
            "GET /sales/\(sale)/items?cursor=nonsense", "GET /orders/%00", "GET /sales/%FF",
        ].map { BadRequest($0, is: 400, "validation") }
        let keys = ["", long, "a b", "\"\"", "\u{e4}"]
        samples += keys.map {
            BadRequest(
                "POST /checkout?user_id=eve&id=ITM-\(sale)-1", ["Idempotency-Key: \($0)"], is: 400, "validation")
        }
        return samples
    }

    /// Well-formed names of things that do not exist.
    private static func names(sale: Int) -> [BadRequest] {
        let code = "CHK-\(sale)-" + String(repeating: "0", count: 32)
        let items = ["lamp", "ITM-\(sale)-4", "ITM-\(sale)-0", "ITM-\(sale)--1", "ITM-999-1", "ITM-\(sale)-4294967297"]
        let codes = ["nonsense", code, "CHK-999-" + String(repeating: "f", count: 32), "CHK-\(sale)-"]
        let sales = ["999", "0", "-1", "1e3", "99999999999999999999"]
        return items.map { BadRequest("POST /checkout?user_id=eve&id=\($0)", is: 404, "item_not_found") }
            + codes.map { BadRequest("POST /purchase?code=\($0)", is: 404, "checkout_not_found") }
            + codes.map { BadRequest("DELETE /checkout?code=\($0)", is: 404, "checkout_not_found") }
            + codes.map { BadRequest("GET /orders/\($0)", is: 404, "checkout_not_found") }
            + sales.map { BadRequest("GET /sales/\($0)", is: 404, "sale_not_found") }
            + sales.map { BadRequest("GET /sales/\($0)/items", is: 404, "sale_not_found") }
            + ["GET /nonsense", "GET /act/x", "POST //checkout", "GET /checkout/../admin/sales"]
            .map { BadRequest($0, is: 404, "not_found") }
    }

    /// Bodies that are no JSON, too deep, too large, or of another kind.
    private static func bodies(sale: Int) -> [BadRequest] {
        let json = ["Content-Type: application/json"]
        let deep = String(repeating: "[", count: 5_000)
        let notJSON = [
            "{", "nonsense", "[]", "null", #"{"user_id":{}}"#, #"{"user_id":"a\ud800"}"#, deep, #"{"a":1e999}"#,
        ]
        let large = [UInt8](repeating: 0x20, count: 16 * 1_024 + 1)
        var samples = ["/checkout", "/purchase"].flatMap { path in
            notJSON.map { BadRequest("POST \(path)", json, body: Array($0.utf8), is: 400, "validation") } + [
                BadRequest("POST \(path)", json, body: [0x7B, 0xFF, 0xFE, 0x7D], is: 400, "validation"),
                BadRequest("POST \(path)", json, body: large, is: 413, "body_too_large"),
                BadRequest("POST \(path)", body: Array("{}".utf8), is: 415, "unsupported_media_type"),
                BadRequest(
                    "POST \(path)", ["Content-Type: text/xml"], body: Array("<a/>".utf8), is: 415,
                    "unsupported_media_type"),
            ]
        }
        let target = "/checkout?user_id=eve&id=ITM-\(sale)-1"
        let filler = "X-Filler: " + String(repeating: "x", count: 17_000)
        samples.append(BadRequest("POST \(target)", [filler], is: 431, "header_too_large"))
        return samples
    }

    private static let methods =
        [
            "GET /checkout", "PUT /checkout", "PATCH /purchase", "GET /purchase", "DELETE /sales/active",
            "POST /orders/x",
            "POST /metrics", "GET /admin/sales",
        ].map { BadRequest($0, is: 405, "method_not_allowed") } + [BadRequest("BREW /checkout", is: 400, "validation")]

    /// Impossible sales, and requests that may not create one.
    private static func sales(sale: Int) -> [BadRequest] {
        let json = "Content-Type: application/json"
        let admin = ["Authorization: Bearer \(Deployment.adminToken)", json]
        let valid = Array(#"{"total_items":1}"#.utf8)
        let invalid = [
            #"{}"#, #"{"total_items":0}"#, #"{"total_items":-1}"#, #"{"total_items":1000000000}"#,
            #"{"total_items":9223372036854775808}"#, #"{"total_items":"many"}"#, #"{"total_items":1.5}"#,
            #"{"total_items":1,"stock_per_item":0}"#, #"{"total_items":1000000,"stock_per_item":1000000}"#,
            #"{"total_items":1,"max_items_per_user":0}"#, #"{"total_items":1,"started_at":"tomorrow"}"#,
            #"{"total_items":1,"started_at":"2090-01-02T00:00:00Z","ended_at":"2090-01-01T00:00:00Z"}"#,
            #"{"total_items":1,"started_at":"2090-01-01T00:00:00Z","ended_at":"2090-01-01T00:00:00Z"}"#,
            #"{"total_items":1,"started_at":"2001-01-01T00:00:00Z","ended_at":"2001-01-02T00:00:00Z"}"#,
            #"{"total_items":1,"started_at":"2090-01-01T00:00:00Z","ended_at":"2099-01-01T00:00:00Z"}"#,
            #"{"total_items":1,"ended_at":"9999999-01-01T00:00:00Z"}"#, "[1]", "{",
        ]
        return invalid.map { BadRequest("POST /admin/sales", admin, body: Array($0.utf8), is: 400, "validation") } + [
            BadRequest("POST /admin/sales", admin, is: 400, "validation"),
            BadRequest("POST /admin/sales", admin, body: valid, is: 409, "sale_overlaps"),
            BadRequest("POST /admin/sales", [json], body: valid, is: 401, "unauthorized"),
            BadRequest("POST /admin/sales", [json, "Authorization: Basic eA=="], body: valid, is: 401, "unauthorized"),
            BadRequest(
                "POST /admin/sales", [json, "Authorization: Bearer \(Deployment.adminToken)x"], body: valid, is: 403,
                "forbidden"),
        ]
    }
}
