// The operators' console over HTTP: who gets in, and what it shows on demand.

import BuyerPage
import FlashSale
import Logging
import OperatorConsole
import Telemetry
import Testing
import Textbook
import Tokens

@testable import FlashSaleHTTP

@Suite("The console's routes")
struct ConsoleRoutesTests {
    private typealias Script = ScriptedStores.Script

    static let form = ["Content-Type: application/x-www-form-urlencoded", "Sec-Fetch-Site: same-origin"]
    static let pause = "version=3&key=k1&reason=the+truck+is+late"

    /// A console's parts that tell a tale.
    static func parts(
        audit: @escaping @Sendable (SaleID) async throws -> ConsoleAudit = { _ in
            ConsoleAudit(rows: [], notes: ["a note"], problem: nil, seconds: 0.25)
        }
    ) -> ConsoleParts {
        var settings = ConsoleSettings()
        settings.banner = "staging"
        settings.hosts = ["test", "Console.Example"]
        settings.links.grafana = "http://grafana.example/"
        return ConsoleParts(
            settings: settings,
            company: { _ in
                ConsoleCompany(
                    duties: [(.usher, "shop-1.42")],
                    instances: [("shop-1.42", 9, Script.time(-90), "http://10.0.0.7:8080")])
            },
            audit: audit, story: { "<!doctype html><p>the story of \($0)" })
    }

    static func with(
        _ change: @escaping (inout TestServer.Setup) -> Void = { _ in },
        _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.with(
            { setup in
                setup.console = parts()
                setup.identity = TestTokens.required()
                change(&setup)
            }, body)
    }

    /// A browser's field after it has signed in with a token.
    private static func signedIn(_ token: String, _ server: TestServer) async throws -> String {
        let answer = try await server.ask(
            "POST", "/console/sign-in", form, body: "to=%2Fconsole%2Fsales%2F7&token=\(token)", ofOperations: true)
        #expect(answer.status == 303 && answer["Location"] == "/console/sales/7")
        return "Cookie: \(try #require(answer["Set-Cookie"]).prefix { $0 != ";" })"
    }

    static func admin(_ server: TestServer) async throws -> String {
        try await signedIn(TestServer.token, server)
    }

    private static func token(_ scope: String) -> String {
        String(TestTokens.field("olga", scope: scope).dropFirst("Authorization: Bearer ".count))
    }

    @Test(
        "An address with a slash behind it leads to its page, if it is one",
        arguments: [
            ("/console/", "/console"), ("/console/?a=b", "/console?a=b"), ("/console/sign-in/", "/console/sign-in"),
            ("/console/sales/7/", "/console/sales/7"), ("/console/sales/7/log/", "/console/sales/7/log"),
            ("/console/sales/7/pause/", "/console/sales/7/pause"), ("/console//", nil), ("/console/nothing/", nil),
            ("/console/sign-out/", nil), ("/console/assets/console.css/", nil), ("/console/profiles/cpu/", nil),
            ("/console" + String(repeating: "/", count: 8_000), nil), ("/metrics/", nil), ("/readyz/", nil),
        ] as [(String, String?)])
    func slash(target: String, page: String?) async throws {
        try await Self.with { server in
            let answer = try await server.ask("GET", target, ofOperations: true)
            #expect(answer.status == (page == nil ? 404 : 308) && answer["Location"] == page)
            let foreign = try await server.ask("GET", target, ["Host: evil.example"], ofOperations: true)
            #expect(foreign["Location"] == nil)
        }
    }

    @Test("A board and the list show which pods are away")
    func pods() async throws {
        let pods = try [(1, false), (2, true)].map { (id: try #require(PodID($0)), isAway: $1) }
        try await Self.with({ $0.pods = pods }) { server in
            let cookie = try await Self.admin(server)
            let board = try await server.ask("GET", "/console/sales/7", [cookie], ofOperations: true)
            #expect(board.text.contains(#"pod 1</th><td class="">there"#), "\(board.text)")
            #expect(board.text.contains(#"pod 2</th><td class="late">away"#))
            let list = try await server.ask("GET", "/console", [cookie], ofOperations: true)
            #expect(list.text.contains("Pod 2 is away") && !list.text.contains("Pod 1 is"))
            let ready = try await server.ask("GET", "/readyz?verbose", ofOperations: true)
            #expect(ready.text == "ready\ndegraded: pod 2 is away\n")
        }
    }

    // MARK: - Who gets in

    @Test("The admin token opens a session that this host alone gets, and signing out ends it")
    func signIn() async throws {
        try await Self.with { server in
            let stranger = try await server.ask("GET", "/console/sales/7", ofOperations: true)
            #expect(stranger.status == 303)
            let page = try await server.ask("GET", try #require(stranger["Location"]), ofOperations: true)
            #expect(page.status == 200 && page.text.contains("name=\"to\" value=\"/console/sales/7\""))
            #expect(page["Content-Security-Policy"]?.hasPrefix("default-src 'none'") == true)
            let answer = try await server.ask(
                "POST", "/console/sign-in", Self.form + ["Origin: https://test"],
                body: "to=https://evil.example&token=\(TestServer.token)", ofOperations: true)
            #expect(answer.status == 303 && answer["Location"] == "/console")
            let cookie = try #require(answer["Set-Cookie"])
            #expect(cookie.contains("; Path=/console; HttpOnly; SameSite=Strict; Max-Age=28800; Secure"))
            #expect(!cookie.contains(TestServer.token))
            let own = "Cookie: \(cookie.prefix { $0 != ";" })"
            let sales = try await server.ask("GET", "/console", [own], ofOperations: true)
            #expect(sales.status == 200 && sales.text.contains("Sale 7") && sales.text.contains("staging"))
            let out = try await server.ask("POST", "/console/sign-out", Self.form + [own], ofOperations: true)
            #expect(out.status == 303 && out["Set-Cookie"]?.contains("Max-Age=0") == true)
        }
    }

    @Test("A wrong token, and one of a buyer, let nobody in, and guesses are few")
    func wrongTokens() async throws {
        try await Self.with { server in
            for (token, status) in [("guess", 403), (Self.token(""), 403), ("a.b.c", 401)] {
                let answer = try await server.ask(
                    "POST", "/console/sign-in", Self.form, body: "token=\(token)", ofOperations: true)
                #expect(answer.status == status && answer["Set-Cookie"] == nil, "\(token)")
                #expect(answer.text.contains("lets no operator in"))
            }
            for _ in 0..<12 {
                _ = try await server.ask(
                    "POST", "/console/sign-in", Self.form, body: "token=guess", ofOperations: true)
            }
            let late = try await server.ask(
                "POST", "/console/sign-in", Self.form, body: "token=\(TestServer.token)", ofOperations: true)
            #expect(late.status == 429)
        }
    }

    @Test(
        "Each scope may do what it allows, and nothing else",
        arguments: [("look", 403, 403), ("operate", 303, 403), ("admin", 303, 303)])
    func roles(scope: String, pausing: Int, ending: Int) async throws {
        try await Self.with { server in
            let cookie = try await Self.signedIn(Self.token(scope), server)
            #expect(try await server.ask("GET", "/console/sales/7", [cookie], ofOperations: true).status == 200)
            let pause = try await server.ask(
                "POST", "/console/sales/7/pause", Self.form + [cookie], body: Self.pause, ofOperations: true)
            #expect(pause.status == pausing)
            let end = try await server.ask(
                "POST", "/console/sales/7/end", Self.form + [cookie], body: Self.pause + "&sale=7", ofOperations: true)
            #expect(end.status == ending)
            #expect(server.stores.changes.count == [pausing, ending].count { $0 == 303 })
            #expect(server.stores.changes.allSatisfy { $0.actor == "olga" })
            let profile = try await server.ask("GET", "/console/profiles/heap", [cookie], ofOperations: true)
            #expect(profile.status == (scope == "look" ? 403 : 200))
        }
    }

    @Test(
        "A name that somebody has pointed here is none of the console's; addresses and known names are",
        arguments: [
            ("evil.example", 421), ("evil.example:9464", 421), ("test", 303), ("console.example:80", 303),
            ("127.0.0.1:9464", 303), ("[::1]:9464", 303), ("localhost", 303), ("127.0.0.1.evil.example", 421),
            ("console.example.:80", 303), ("evil.example.", 421),
        ])
    func rebinding(host: String, status: Int) async throws {
        try await Self.with { server in
            let request = "GET /console HTTP/1.1\r\nHost: \(host)\r\n\r\n"
            let answer = try await server.send(request, ofOperations: true)
            #expect(answer.status == status)
        }
    }

    @Test(
        "A form of another site does nothing, whoever is signed in",
        arguments: [
            ["Sec-Fetch-Site: cross-site"], ["Sec-Fetch-Site: same-site"], ["Origin: https://evil.example"], [],
            ["Origin: null"],
        ])
    func crossSite(fields: [String]) async throws {
        try await Self.with { server in
            let cookie = try await Self.admin(server)
            for (path, body) in [
                ("sales/7/pause", Self.pause), ("sales/7/audit", ""), ("create", "total_items=1"), ("sign-out", ""),
                ("sign-in", "token=\(TestServer.token)"),
            ] {
                let answer = try await server.ask(
                    "POST", "/console/\(path)", [Self.form[0], cookie] + fields, body: body, ofOperations: true)
                #expect(answer.status == 403 && answer["Set-Cookie"] == nil, "\(path)")
            }
            #expect(server.stores.changes.isEmpty)
        }
    }

    @Test("A session that ended midway does nothing, and says so where one signs in again")
    func ended() async throws {
        try await Self.with { server in
            let old = ConsoleKey(token: Secret(TestServer.token)).sign(
                ConsoleSession(name: "admin", scope: .admin, at: 0, tokenEnd: nil))
            let answer = try await server.ask(
                "POST", "/console/sales/7/pause", Self.form + ["Cookie: flashsale-console=\(old)"], body: Self.pause,
                ofOperations: true)
            #expect(answer.status == 303)
            #expect(answer["Location"] == "/console/sign-in?ended=yes&to=/console/sales/7")
            #expect(server.stores.changes.isEmpty)
            let page = try await server.ask("GET", try #require(answer["Location"]), ofOperations: true)
            #expect(page.text.contains("Your session has ended. Nothing was done."))
            let link = try await server.ask(
                "GET", "/console/sales/7", ["Sec-Fetch-Site: cross-site"], ofOperations: true)
            #expect(link.status == 200 && link["Refresh"] == "0; url=/console/sales/7")
        }
    }

    @Test("The console is on the port for operations alone, and nowhere if it is off")
    func ports() async throws {
        try await Self.with { server in
            let answer = try await server.ask("GET", "/console")
            #expect(answer.status == 404)
        }
        try await TestServer.with { server in
            let answer = try await server.ask("GET", "/console", ofOperations: true)
            #expect(answer.status == 404)
        }
    }

    @Test("Its files have the names of their bytes; what is no page of it is a 404; each request is measured")
    func files() async throws {
        try await Self.with { server in
            let cookie = try await Self.admin(server)
            for asset in ConsolePages.assets {
                let answer = try await server.ask("GET", "/console\(asset.path)", ofOperations: true)
                #expect(answer.status == 200 && Array(answer.body) == asset.bytes)
            }
            for path in ["assets/x.css", "sales/7/fly", "sales/9", "sales/x", "nothing"] {
                #expect(try await server.ask("GET", "/console/\(path)", [cookie], ofOperations: true).status == 404)
            }
            let id = "console-request"
            _ = try await server.ask("GET", "/console", [cookie, "X-Request-Id: \(id)"], ofOperations: true)
            await server.logs.ended(id)
            let requests = server.instruments.http.requestDurationSeconds
            #expect(requests.count(RequestLabels(.adminSale, .get, .ok)) > 0)
        }
    }
}
