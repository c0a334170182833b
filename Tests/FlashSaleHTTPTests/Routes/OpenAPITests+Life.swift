// The requests by which operators look at a sale and change it.

import FlashSale
import Testing

extension OpenAPITests {
    private static let reason = #"{"reason":"the supplier is late"}"#

    static let managing = [
        Case(
            method: "GET", target: "/admin/sales/7", template: "/admin/sales/{id}", status: 200, fields: [admin]),
        Case(
            method: "GET", target: "/admin/sales/7/log?limit=1", template: "/admin/sales/{id}/log", status: 200,
            fields: [admin]),
        change("PATCH", "", #"{"reason":"many still come","ended_at":"2026-11-21T12:00:00Z"}"#),
        Case(
            method: "PATCH", target: "/admin/sales/7/items/2", template: "/admin/sales/{id}/items/{number}",
            status: 200, fields: changing, body: #"{"reason":"it does not sell","price":1900}"#),
        change("POST", "/pause", #"{"reason":"the supplier is late","scope":"all"}"#),
        change("POST", "/resume", reason), change("POST", "/end", reason),
        change("POST", "/pace", #"{"reason":"the doors are narrow","room_pace":50}"#),
        Case(
            method: "POST", target: "/admin/orders/\(ScriptedStores.Script.code)/refund",
            template: "/admin/orders/{code}/refund", status: 200, fields: changing,
            body: #"{"reason":"it came broken","items":["ITM-7-1"]}"#),
    ]

    /// What each of them is refused for.
    static let unmanaged = managing.flatMap { success in
        func elsewhere(_ status: Int, _ sale: String) -> Case {
            let code = "/\(ScriptedStores.Script.code)"
            return Case(
                method: success.method,
                target: success.target.replacing("/7", with: "/\(sale)").replacing(code, with: "/\(sale)"),
                template: success.template, status: status, fields: success.fields, body: success.body)
        }
        let common = [
            elsewhere(400, "%"), elsewhere(404, "9"), success.changed(401, fields: [], body: nil),
            success.changed(403, fields: ["Authorization: Bearer guess"], body: nil),
        ]
        guard success.method != "GET" else { return common }
        return common + [
            success.changed(409, fields: success.fields, body: success.body) { $0.script.changed = { _ in .stale } },
            success.changed(422, fields: success.fields, body: success.body) {
                $0.script.changed = { _ in .keyReused }
            },
        ]
    }

    private static func change(_ method: String, _ path: String, _ body: String) -> Case {
        Case(
            method: method, target: "/admin/sales/7\(path)", template: "/admin/sales/{id}\(path)", status: 200,
            fields: changing, body: body)
    }

    private static let changing = [admin, json, #"If-Match: "3""#, "Idempotency-Key: again"]
}
