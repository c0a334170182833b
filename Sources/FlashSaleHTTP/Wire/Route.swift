// The resource of a path, the methods that it takes, and what answers. No text of a client becomes a label beyond this
// point.

internal import NIOHTTP1
internal import Telemetry

enum Route: Equatable, Sendable {
    case checkout
    case purchase
    case order(code: Substring)
    case activeSale
    case sale(id: Substring)
    case saleItems(id: Substring)
    case queue(sale: Substring)
    case saleEvents(id: Substring)
    case adminSales
    case adminSale(id: Substring)
    case adminSaleLog(id: Substring)
    case adminSaleItem(id: Substring, number: Substring)
    case adminSaleAct(Act, id: Substring)
    case adminRefund(code: Substring)
    case itemImage(sale: Substring, file: Substring)
    /// The buyer's page, and what its forms do.
    case page
    case pageAct(PageAct)
    case receipt(code: Substring)
    case asset(name: Substring)
    /// The cookie of a buyer that proves who it is.
    case session
    case health
    case healthz
    case readyz
    case metrics
    /// The instances of the registry, and the same for Prometheus.
    case instances
    case prometheusTargets
    case openAPI
    /// A page under /debug/pprof/. Its index has no name there, and the name `pprof` without the slash.
    case profile(name: Substring)
    /// The level of the log.
    case logLevel
    /// The operators' console.
    case console(ConsolePath)
    /// A page of the documents: what follows `/docs`.
    case document(path: Substring)
    /// The service as a whole: the target `*`, which OPTIONS alone may have (RFC 9112, section 3.2.4).
    case service
    /// Any other path.
    case unknown

    /// What the last part of a path asks to be done to a sale.
    enum Act: String, CaseIterable {
        case pause
        case resume
        case pace
        case end
    }

    /// What a form of the page does.
    enum PageAct: String, CaseIterable {
        case join
        case checkout
        case cancel
        case purchase
    }

    /// The route of a path without its query. Paths match exactly: no trailing slash, but behind a page of the console,
    /// and no other case.
    init(path: Substring) {
        switch path {
        // Most requests of a sale need no parts.
        case "/checkout": self = .checkout
        case "/purchase": self = .purchase
        case "*": self = .service
        default: self.init(parts: path.parts)
        }
    }

    private init(parts: [Substring]) {
        // The number of parts is compared first: most paths are told apart by it.
        switch (parts.count, parts.first) {
        case (1, ""): self = .page
        case (1, "session"): self = .session
        case (1, "health"): self = .health
        case (1, "healthz"): self = .healthz
        case (1, "readyz"): self = .readyz
        case (1, "metrics"): self = .metrics
        case (1, "openapi.json"): self = .openAPI
        case (1, "docs"): self = .document(path: "")
        case (2, "assets"): self = .asset(name: parts[1])
        case (2, "sales"): self = parts[1] == "active" ? .activeSale : .sale(id: parts[1])
        case (2, "orders"): self = .order(code: parts[1])
        case (2, "receipt"): self = .receipt(code: parts[1])
        case (2, "act"): self = PageAct(rawValue: String(parts[1])).map { .pageAct($0) } ?? .unknown
        case (2, "registry") where parts[1] == "instances": self = .instances
        case (2, "sd") where parts[1] == "prometheus": self = .prometheusTargets
        case (3, "images"): self = .itemImage(sale: parts[1], file: parts[2])
        case (3, "sales") where parts[2] == "queue": self = .queue(sale: parts[1])
        case (3, "sales") where parts[2] == "items": self = .saleItems(id: parts[1])
        case (3, "sales") where parts[2] == "events": self = .saleEvents(id: parts[1])
        case (_, "docs"): self = .document(path: "/\(parts.dropFirst().joined(separator: "/"))")
        case (_, "console"): self = ConsolePath(parts.dropFirst()).map { .console($0) } ?? .unknown
        case (_, "admin"): self.init(admin: parts)
        case (_, "debug"): self.init(debug: parts)
        default: self = .unknown
        }
    }

    private init(admin parts: [Substring]) {
        switch (parts.count, parts.dropFirst().first) {
        case (2, "sales"): self = .adminSales
        case (3, "sales"): self = .adminSale(id: parts[2])
        case (4, "sales") where parts[3] == "log": self = .adminSaleLog(id: parts[2])
        case (4, "sales"): self = Act(rawValue: String(parts[3])).map { .adminSaleAct($0, id: parts[2]) } ?? .unknown
        case (5, "sales") where parts[3] == "items": self = .adminSaleItem(id: parts[2], number: parts[4])
        case (4, "orders") where parts[3] == "refund": self = .adminRefund(code: parts[2])
        default: self = .unknown
        }
    }

    private init(debug parts: [Substring]) {
        switch (parts.count, parts.dropFirst().first) {
        case (2, "loglevel"): self = .logLevel
        case (2, "pprof"): self = .profile(name: parts[1])
        case (3, "pprof") where parts[2] != "pprof": self = .profile(name: parts[2])
        default: self = .unknown
        }
    }

    /// The methods of the route besides OPTIONS, which every route takes. A route with GET also takes HEAD.
    var methods: [HTTPMethod] {
        switch self {
        case .checkout: [.POST, .DELETE]
        case .purchase, .adminSales, .adminSaleAct, .adminRefund, .pageAct: [.POST]
        case .session: [.POST, .DELETE]
        case .adminSale: [.GET, .HEAD, .PATCH]
        case .adminSaleItem: [.PATCH]
        case .queue: [.GET, .HEAD, .POST]
        case .logLevel: [.GET, .HEAD, .PUT]
        case .saleEvents: [.GET]
        // A profile takes time, so HEAD does not make one.
        case .profile(let name): name == "symbol" ? [.GET, .POST] : [.GET]
        case .console(let path): path.methods
        case .service, .unknown: []
        default: [.GET, .HEAD]
        }
    }

    /// The value of `Allow`; for the service as a whole, what there are paths for.
    var allow: String {
        let methods = self == .service ? [.GET, .HEAD, .POST, .PUT, .PATCH, .DELETE] : methods
        return (methods + [.OPTIONS]).map(\.rawValue).joined(separator: ", ")
    }

    /// Whether it belongs to the buyer's page.
    var isOfPage: Bool {
        switch self {
        case .page, .pageAct, .receipt, .asset, .session: true
        default: false
        }
    }

    /// Whether it has a place even while too many requests are at work, and is not traced.
    var isProbe: Bool {
        switch self {
        case .health, .healthz, .readyz, .metrics, .instances, .prometheusTargets, .profile: true
        default: false
        }
    }

    /// What an overloaded service makes of a request with this method. A preflight is of the class of what follows it.
    func requestClass(of method: HTTPMethod) -> RequestClass {
        switch (self, method) {
        case (.health, _), (.healthz, _), (.readyz, _), (.metrics, _), (.instances, _), (.prometheusTargets, _),
            (.profile, _), (.logLevel, _), (.document, _), (.adminSales, _), (.adminSale, _), (.adminSaleLog, _),
            (.adminSaleItem, _), (.adminSaleAct, _), (.adminRefund, _), (.console, _), (.service, .OPTIONS):
            .operations
        case (.purchase, .POST), (.purchase, .OPTIONS), (.checkout, .DELETE): .holder
        case (.order, .GET), (.order, .HEAD), (.order, .OPTIONS): .holder
        case (.pageAct(.purchase), _), (.pageAct(.cancel), _), (.receipt, _): .holder
        case (.checkout, .POST), (.checkout, .OPTIONS), (.pageAct(.checkout), _): .checkout
        case (.queue, _), (.saleEvents, _), (.pageAct(.join), _), (.session, _): .room
        case (.activeSale, _), (.sale, _), (.saleItems, _), (.itemImage, _), (.openAPI, _), (.page, _), (.asset, _):
            .catalogue
        case (.checkout, _), (.purchase, _), (.order, _), (.service, _), (.unknown, _): .stranger
        }
    }

    /// Whether pages of other origins may call it, if the settings name any. An unknown path is one so that a page can
    /// read why it got nothing.
    var isForPages: Bool {
        switch self {
        case .checkout, .purchase, .order, .activeSale, .sale, .saleItems, .queue, .saleEvents, .itemImage, .openAPI,
            .unknown:
            true
        case .adminSales, .adminSale, .adminSaleLog, .adminSaleItem, .adminSaleAct, .adminRefund, .health, .healthz,
            .readyz, .metrics, .instances, .prometheusTargets, .profile, .logLevel, .console, .document, .page,
            .pageAct, .receipt, .asset, .service, .session:
            false
        }
    }

    var handler: Handler {
        switch self {
        case .checkout: .checkout
        case .purchase: .purchase
        case .order: .order
        case .activeSale: .salesActive
        case .sale: .sale
        case .saleItems: .saleItems
        case .queue: .queue
        case .saleEvents: .saleEvents
        case .adminSales: .adminSales
        case .adminSale, .adminSaleLog, .adminSaleItem, .adminSaleAct, .adminRefund, .console: .adminSale
        case .itemImage: .itemImage
        case .page, .receipt, .asset: .page
        case .pageAct, .session: .pageAct
        case .health, .instances, .prometheusTargets: .health
        case .healthz: .healthz
        case .readyz: .readyz
        case .metrics: .metrics
        case .openAPI, .document: .docs
        case .profile, .logLevel: .debugPprof
        case .service, .unknown: .unknown
        }
    }

    /// The path with its variable parts named, for logs and spans; empty for the console and for unknown paths.
    var template: String {
        switch self {
        case .checkout: "/checkout"
        case .purchase: "/purchase"
        case .order: "/orders/{code}"
        case .activeSale: "/sales/active"
        case .sale: "/sales/{id}"
        case .saleItems: "/sales/{id}/items"
        case .queue: "/sales/{id}/queue"
        case .saleEvents: "/sales/{id}/events"
        case .adminSales: "/admin/sales"
        case .adminSale: "/admin/sales/{id}"
        case .adminSaleLog: "/admin/sales/{id}/log"
        case .adminSaleItem: "/admin/sales/{id}/items/{number}"
        case .adminSaleAct(let act, _): "/admin/sales/{id}/\(act.rawValue)"
        case .adminRefund: "/admin/orders/{code}/refund"
        case .itemImage: "/images/{sale}/{number}.svg"
        case .page: "/"
        case .pageAct(let act): "/act/\(act.rawValue)"
        case .receipt: "/receipt/{code}"
        case .asset: "/assets/{name}"
        case .session: "/session"
        case .health: "/health"
        case .healthz: "/healthz"
        case .readyz: "/readyz"
        case .metrics: "/metrics"
        case .instances: "/registry/instances"
        case .prometheusTargets: "/sd/prometheus"
        case .openAPI: "/openapi.json"
        case .profile: "/debug/pprof/{name}"
        case .logLevel: "/debug/loglevel"
        case .document: "/docs/{path}"
        case .service: "*"
        case .console, .unknown: ""
        }
    }
}

extension Substring {
    /// What stands after each slash of a path; nothing if it does not begin with one.
    fileprivate var parts: [Substring] {
        guard utf8.first == 0x2F else { return [] }
        var parts: [Substring] = []
        // No path of the API has more.
        parts.reserveCapacity(5)
        var rest = utf8.dropFirst()
        while let slash = rest.firstIndex(of: 0x2F) {
            parts.append(Substring(rest[..<slash]))
            rest = rest[rest.index(after: slash)...]
        }
        parts.append(Substring(rest))
        return parts
    }
}
