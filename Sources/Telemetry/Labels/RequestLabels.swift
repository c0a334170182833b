// Handler, method and status of a request, and which of their combinations occur.

/// The labels of one answered request.
public struct RequestLabels: LabelSet, Hashable {
    public let handler: Handler
    public let method: Method
    public let status: StatusCode

    @inlinable
    public init(_ handler: Handler, _ method: Method, _ status: StatusCode) {
        self.handler = handler
        self.method = method
        self.status = status
    }

    public static let labelNames = [Handler.labelName, Method.labelName, StatusCode.labelName]

    public static let all = Handler.allCases.flatMap { handler in
        Method.allCases.flatMap { method in
            StatusCode.allCases.map { RequestLabels(handler, method, $0) }
        }
    }

    public static let legal = all.filter { statuses(of: $0.handler, $0.method).contains($0.status) }

    /// Constants, so that the hot path has no initialisation check; `SeriesIndex` checks them.
    @inlinable static var methodCount: Int { 8 }
    @inlinable static var statusCount: Int { 25 }

    @inlinable public var index: Int {
        (handler.index &* Self.methodCount &+ method.index) &* Self.statusCount &+ status.index
    }

    public var labelValues: [String] { [handler.rawValue, method.rawValue, status.rawValue] }

    /// An unexpected status of a route is `other`, but 304 of a route without a series for it is `200`, the 204 of the
    /// page's session is `303`, and the 303 of the console's forms is `200`. HEAD counts with GET, which answers it,
    /// and so does every other method of the debugging pages; the session's DELETE counts with POST. A method that a
    /// route does not serve belongs to none.
    public var folded: RequestLabels {
        let isDebugging = handler == .debugPprof && (method == .post || method == .put)
        let isLeaving = handler == .pageAct && method == .delete
        let served = method == .head || isDebugging ? .get : isLeaving ? .post : method
        let statuses = Self.statuses(of: handler, served)
        if handler != .unknown, !statuses.isEmpty {
            let near: StatusCode =
                switch status {
                case .notModified where statuses.contains(.ok), .seeOther where statuses.contains(.ok): .ok
                case .noContent where statuses.contains(.seeOther): .seeOther
                default: .other
                }
            return RequestLabels(handler, served, statuses.contains(status) ? status : near)
        }
        if Self.statuses(of: .unknown, served).contains(status) { return RequestLabels(.unknown, served, status) }
        let isKnown = Self.statuses(of: .unknown, .other).contains(status)
        return RequestLabels(.unknown, .other, isKnown ? status : .other)
    }

    private static let statusesOfHandlers = Handler.allCases.map(\.statuses)

    /// The statuses that get a series of their own; none if the route does not serve the method.
    private static func statuses(of handler: Handler, _ method: Method) -> [StatusCode] {
        statusesOfHandlers[handler.index][method] ?? []
    }
}
