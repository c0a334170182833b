// What the description's tests know of a request, and how one becomes another.

extension OpenAPITests.Case {
    /// Whether an overloaded service answers it.
    var isProbe: Bool {
        ["/health", "/healthz", "/readyz", "/metrics"].contains(template) || isOfOperations
    }

    /// Whether its body is JSON.
    var takesJSON: Bool {
        method != "GET" && template != "/session" && template != "/act/{act}" && template != "/debug/loglevel"
    }

    /// Whether it fails with the stores. Forms of the page lead back to it, and the page says that they failed.
    var asksStores: Bool {
        let others = ["/images/{sale}/{number}.svg", "/openapi.json", "/session", "/act/{act}", "/assets/{name}"]
        return !others.contains(template) && !isProbe
    }

    /// Its place in the description.
    var place: String { "\(method) \(template) \(status)" }

    func changed(
        _ status: Int, fields: [String], body: String?,
        _ change: @escaping @Sendable (inout TestServer.Setup) -> Void = { _ in }
    ) -> Self {
        var setups = [setup]
        setups.append(change)
        let all = setups
        return Self(
            method: method, target: target, template: template, status: status, fields: fields, body: body,
            isOfOperations: isOfOperations, setup: { setup in for change in all { change(&setup) } }
        )
    }
}
