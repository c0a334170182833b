// The paths of the console: what each shows or does, by which methods, and who may.

internal import FlashSale
internal import NIOHTTP1
internal import OperatorConsole
internal import Tokens

enum ConsolePath: Equatable, Sendable {
    case sales
    case signIn
    case signOut
    case asset(name: Substring)
    case create
    case sale(id: Substring)
    case log(sale: Substring)
    case checks(sale: Substring)
    case audit(sale: Substring)
    case story(sale: Substring)
    /// A row of the table of acts.
    case act(name: Substring, sale: Substring)
    case profile(name: Substring)
    /// A page's address with a slash behind it, as people type it: the page is at this one.
    case slashed(page: String)

    /// The path of the segments after `/console`; nil for none.
    init?(_ parts: ArraySlice<Substring>) {
        // One slash, so that this asks itself once.
        if parts.last == "", parts.dropLast().last != "", let path = ConsolePath(parts.dropLast()), path.isPage {
            self = .slashed(page: "/" + (["console"] + parts.dropLast()).joined(separator: "/"))
            return
        }
        let parts = Array(parts)
        switch (parts.first, parts.count) {
        case (nil, _): self = .sales
        case ("sign-in", 1): self = .signIn
        case ("sign-out", 1): self = .signOut
        case ("create", 1): self = .create
        case ("assets", 2): self = .asset(name: parts[1])
        case ("profiles", 2): self = .profile(name: parts[1])
        case ("sales", 2): self = .sale(id: parts[1])
        case ("sales", 3):
            switch parts[2] {
            case "log": self = .log(sale: parts[1])
            case "checks": self = .checks(sale: parts[1])
            case "audit": self = .audit(sale: parts[1])
            case "story": self = .story(sale: parts[1])
            default:
                guard ConsoleAct.named(parts[2]) != nil else { return nil }
                self = .act(name: parts[2], sale: parts[1])
            }
        default: return nil
        }
    }

    /// Whether people look at it.
    private var isPage: Bool {
        switch self {
        case .asset, .profile, .slashed: false
        default: methods.contains(.GET)
        }
    }

    var methods: [HTTPMethod] {
        switch self {
        case .signIn, .create, .story, .act: [.GET, .HEAD, .POST]
        case .signOut, .audit: [.POST]
        // A profile takes time, so HEAD does not make one.
        case .profile: [.GET]
        case .sales, .asset, .sale, .log, .checks, .slashed: [.GET, .HEAD]
        }
    }

    /// What its operator must be allowed; nil if it needs no session.
    func scope(of method: HTTPMethod) -> TokenScope? {
        switch self {
        case .signIn, .signOut, .asset, .slashed: nil
        case .sales, .sale, .log, .checks: .look
        case .story: method == .POST ? .operate : .look
        case .audit, .profile: .operate
        case .create: .admin
        case .act(let name, _): ConsoleAct.named(name)?.scope ?? .admin
        }
    }

    /// The page to go back to after a form that did nothing.
    var home: String {
        switch self {
        case .sale(let id), .log(let id), .act(_, let id): "/console/sales/\(id)"
        case .checks(let id), .audit(let id), .story(let id): "/console/sales/\(id)/checks"
        case .create: "/console/create"
        case .sales, .signIn, .signOut, .asset, .profile, .slashed: "/console"
        }
    }

    /// The time that a request may take beyond the request timeout.
    func extraTime(_ limits: HTTPLimits) -> Duration {
        switch self {
        case .create, .act: limits.operatorTimeout
        case .profile: limits.profileTimeout
        default: .zero
        }
    }
}
