// GET and POST /console and below, on the port for operations: who gets in, and what answers. A form counts if it comes
// from a page of the console itself, by an operator that is signed in and may do it.

internal import BuyerPage
internal import FlashSale
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import OperatorConsole
internal import Telemetry
internal import Tokens
internal import WaitingRoom

struct ConsoleRoutes: Sendable {
    static let cookie = "flashsale-console"

    let parts: ConsoleParts
    let flow: SaleRouter
    let rooms: RoomRouter
    let operators: OperatorGuard
    let health: HealthBoard
    let operations: OperationsRoutes
    let instruments: Instruments
    let pages = ConsolePages.shared
    let files = PageFiles(ConsolePages.assets)
    let pulses: ConsolePulses
    let audits: ConsoleErrands<ConsoleAudit>
    let stories: ConsoleErrands<String>
    private let key: ConsoleKey
    private let hosts: ConsoleHosts
    private let isIdentityOff: Bool

    init(
        _ parts: ConsoleParts, flow: SaleRouter, rooms: RoomRouter, operators: OperatorGuard, health: HealthBoard,
        operations: OperationsRoutes, instruments: Instruments, configuration: HTTPConfiguration
    ) {
        self.parts = parts
        self.flow = flow
        self.rooms = rooms
        self.operators = operators
        self.health = health
        self.operations = operations
        self.instruments = instruments
        pulses = ConsolePulses(instruments)
        audits = ConsoleErrands(parts.audit)
        stories = ConsoleErrands(parts.story)
        key = ConsoleKey(token: configuration.adminToken)
        hosts = ConsoleHosts(parts.settings.hosts + [configuration.operations.host])
        isIdentityOff = configuration.identity == .off
    }

    func reply(to request: Request, at path: ConsolePath) async -> Reply {
        guard hosts.know(request) else {
            let text = "The console does not go by this name: see FLASHSALE_CONSOLE_HOSTS.\n"
            return .answer(.text(text, status: .misdirectedRequest))
        }
        guard request.isHarmless || request.isOfThisSite else {
            return trouble("Not from here", "This form came from another site. Nothing was done.", .forbidden, path)
        }
        switch path {
        case .asset(let name): return files.reply(to: name, request)
        case .slashed(let page): return .answer(.moved(to: page, request))
        case .signIn where request.method == .POST: return signIn(request)
        case .signIn: return signInPage(request)
        case .signOut: return .answer(.back(to: "/console/sign-in", cookies: [Self.cookie(nil, request)]))
        default: break
        }
        guard let session = session(of: request) else { return signedOut(request, path) }
        RequestContext.current?.userID = session.name
        guard let scope = path.scope(of: request.method), session.may(scope) else {
            let text = "Your token does not allow this. Nothing was done."
            return trouble("Not allowed", text, .forbidden, path, session)
        }
        return await ConsoleVisit(routes: self, request: request, path: path, session: session).reply()
    }

    // MARK: - Sessions

    private func session(of request: Request) -> ConsoleSession? {
        request.cookies[Self.cookie].flatMap { key.session($0, at: time(nil)) }
    }

    /// What somebody gets that is not signed in, or not any more.
    private func signedOut(_ request: Request, _ path: ConsolePath) -> Reply {
        guard request.isHarmless else { return .answer(.back(to: "/console/sign-in?ended=yes&to=\(path.home)")) }
        // A browser keeps the cookie from a link of another site. It sends it when this page leads to itself.
        if request.values(of: "sec-fetch-site") == ["cross-site"] {
            var answer = Answer.html(
                pages.trouble("One moment", "The console opens.", in: frame(here: path.home, nil)))
            answer.fields.append(("Refresh", "0; url=\(path.home)"))
            return .answer(answer)
        }
        return .answer(.back(to: "/console/sign-in?to=\(path.home)"))
    }

    private func signIn(_ request: Request) -> Reply {
        guard let body = request.formBody, let form = ConsoleForm(urlEncoded: body.readableBytesView),
            let token = form["token"]
        else { return signInPage(why: "Type a token.", to: "/console", .badRequest) }
        let target = Self.target(form["to"])
        do throws(Problem) {
            let found = try operators.proven(by: token[...], of: request)
            let session = ConsoleSession(name: found.name, scope: found.scope, at: time(nil), tokenEnd: found.end)
            return .answer(.back(to: target, cookies: [Self.cookie(key.sign(session), request)]))
        } catch {
            let reason = error.reason ?? .unauthorized
            let why =
                reason == .rateLimited ? "Too many wrong tokens. Wait a moment." : "This token lets no operator in."
            return signInPage(why: why, to: target, reason.wording.status)
        }
    }

    private func signInPage(why: String?, to target: String, _ status: HTTPResponseStatus) -> Reply {
        .answer(.html(pages.signIn(to: target, why: why, in: frame(here: "/console/sign-in", nil)), status))
    }

    private func signInPage(_ request: Request) -> Reply {
        let form = ConsoleForm(urlEncoded: request.query.utf8) ?? .empty
        let why = form["ended"] == nil ? nil : "Your session has ended. Nothing was done."
        return signInPage(why: why, to: Self.target(form["to"]), .ok)
    }

    /// Only pages of the console are places to go to.
    private static func target(_ text: String?) -> String {
        guard let text, text.hasPrefix("/console"), text.utf8.count <= 128,
            text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "/-".contains($0)) })
        else { return "/console" }
        return text
    }

    /// `Strict`: no request that another site makes has it. Browsers send it over TLS alone if they came that way.
    private static func cookie(_ value: String?, _ request: Request) -> String {
        let isEncrypted = request.values(of: "origin").first?.hasPrefix("https://") ?? false
        return "\(cookie)=\(value ?? ""); Path=/console; HttpOnly; SameSite=Strict; "
            + "Max-Age=\(value == nil ? 0 : ConsoleSession.secondsMax)" + (isEncrypted ? "; Secure" : "")
    }

    // MARK: - Answers

    func frame(here: String, _ session: ConsoleSession?) -> ConsoleFrame {
        var frame = ConsoleFrame(banner: parts.settings.banner, now: flow.now(), here: here)
        frame.session = session
        frame.isIdentityOff = isIdentityOff
        return frame
    }

    func trouble(
        _ title: String, _ text: String, _ status: HTTPResponseStatus, _ path: ConsolePath,
        _ session: ConsoleSession? = nil
    ) -> Reply {
        .answer(.html(pages.trouble(title, text, in: frame(here: path.home, session)), status))
    }
}
