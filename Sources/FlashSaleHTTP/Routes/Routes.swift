// Finds the function that answers a route and a method.

internal import NIOHTTP1
internal import Telemetry
internal import Tokens

/// What a listener serves.
final class Routes: Sendable {
    /// The API; nil on the listener for operations.
    let api: APIRoutes?
    let operations: OperationsRoutes
    let servesMetrics: Bool
    /// Nil on the API's listener, and where there is no console.
    let console: ConsoleRoutes?

    init(api: APIRoutes?, operations: OperationsRoutes, servesMetrics: Bool, console: ConsoleRoutes? = nil) {
        self.api = api
        self.operations = operations
        self.servesMetrics = servesMetrics
        self.console = console
    }

    /// The route of a path on this listener.
    func route(of path: Substring) -> Route {
        let route = Route(path: path)
        switch route {
        case .health, .healthz, .readyz, .service: return route
        case .metrics: return servesMetrics ? route : .unknown
        // Profiles and the log may hold internals, so the API does not show them.
        case .profile, .logLevel: return api == nil ? route : .unknown
        // Where instances listen is no buyer's business.
        case .instances, .prometheusTargets: return api == nil ? route : .unknown
        case .console: return console == nil ? .unknown : route
        case .document: return api == nil && operations.parts.documents != nil ? route : .unknown
        // Without identities there is nobody to sign in.
        case .session where api?.pages?.identity == nil: return .unknown
        default:
            guard let api else { return .unknown }
            return route.isOfPage && api.pages == nil ? .unknown : route
        }
    }

    /// The reply to a request that needs no task; nil if it needs one.
    func ready(_ request: Request) -> Reply? {
        request.method == .GET || request.method == .HEAD ? api?.ready(request) : nil
    }

    /// An async function keeps room for what all its branches need, so the busiest routes stand apart.
    func reply(to request: Request) async -> Reply {
        do throws(Problem) {
            if let reply = try replyToMethod(of: request) { return reply }
            return switch request.route {
            case .checkout, .purchase: try await api?.reply(to: request) ?? .problem(.unknownPath)
            default: try await replyToOthers(request)
            }
        } catch {
            return .problem(error)
        }
    }

    /// The reply that needs to know only the method. Nil if the route has to answer.
    private func replyToMethod(of request: Request) throws(Problem) -> Reply? {
        if request.route == .unknown || request.route == .service && request.method != .OPTIONS { throw .unknownPath }
        if request.method == .OPTIONS {
            return .answer(Answer(.noContent, fields: [("Allow", request.route.allow)]))
        }
        if request.route.methods.contains(request.method) { return nil }
        throw .plain(.methodNotAllowed, fields: [("Allow", request.route.allow)])
    }

    private func replyToOthers(_ request: Request) async throws(Problem) -> Reply {
        switch request.route {
        case .health: return .answer(await operations.health(isForOperators: api == nil))
        case .healthz: return .answer(operations.liveness())
        case .readyz: return .answer(await operations.readiness(request))
        case .metrics: return operations.metrics(request)
        case .instances: return .answer(operations.registry.instances())
        case .prometheusTargets: return .answer(operations.registry.prometheusTargets())
        case .document(let path):
            return await operations.parts.documents?.reply(to: path, request) ?? .problem(.unknownPath)
        case .profile, .logLevel:
            let scope: TokenScope = request.method == .GET ? .operate : .admin
            try operations.operators?.name(of: request, doing: scope)
            guard case .profile(let name) = request.route else { return operations.logLevel(request) }
            return await operations.profile(name, request)
        case .console(let path): return await console?.reply(to: request, at: path) ?? .problem(.unknownPath)
        default: return try await api?.reply(to: request) ?? .problem(.unknownPath)
        }
    }
}
