// The settings against the documents that name them.

import ArgumentParser
import Configuration
import FlashSale
import FlashSaleHTTP
import Foundation
import Testing

@testable import FlashSaleCLI
@testable import TelemetryExport

@Suite("The settings and their documents")
struct SettingsTests {
    @Test("docs/SETTINGS.md is what the lists say")
    func page() throws {
        if ProcessInfo.processInfo.environment["FLASHSALE_REGENERATE"] == "1" {
            let file = Checkout.root.appendingPathComponent(SettingsPage.path)
            try Data(SettingsPage.text.utf8).write(to: file)
        }
        #expect(Checkout.text(SettingsPage.path) == SettingsPage.text, "run `make documents`")
    }

    @Test("A setting that is set to its default changes nothing", arguments: Setting.all.map(\.key))
    func defaults(key: String) throws {
        let setting = try #require(Setting.all.first { $0.key == key })
        guard !setting.standard.isEmpty else { return }
        var settings = Settings()
        #expect(setting.read(setting.standard, into: &settings) == nil)
        #expect(settings.redacted == Settings().redacted)
    }

    @Test("The line of the start has room for every setting")
    func line() {
        #expect(Settings().redacted.count == Setting.all.count + 1)
        #expect(Settings().redacted.count <= LogLimits.fields)
    }

    @Test("Every setting has its own name, and a complaint names the setting")
    func names() throws {
        #expect(Set(Setting.all.map(\.variable)).count == Setting.all.count)
        let port = try #require(Setting.all.first { $0.key == "http.port" })
        var settings = Settings()
        let complaint = port.read("70000", into: &settings)
        #expect(complaint == "FLASHSALE_HTTP_PORT must be a whole number from 0 to 65535, not 70000")
    }

    @Test(
        "A flag takes the next word or what follows its =, whole, and the last flag counts",
        arguments: [
            (["--database-url", "postgres://a,b/x"], "postgres://a,b/x"),
            (["--database-url=postgres://a/x?options=-c%20a%3Db"], "postgres://a/x?options=-c%20a%3Db"),
            (["--database-url", "--odd"], "--odd"), (["--database-url=a", "--database-url", "b"], "b"),
        ])
    func flags(arguments: [String], value: String) throws {
        #expect(try Settings.flags(in: arguments) == ["database.url": value])
    }

    @Test(
        "A command's help lists the settings that it goes by, and no others",
        arguments: [
            ("serve", Setting.all.map(\.key)),
            ("dev", Setting.all.map(\.key).filter { !["database.url", "redis.url"].contains($0) }),
            ("migrate", ["database.url", "pods"]), ("audit", ["database.url", "pods", "redis.url"]),
            ("report", ["database.url", "pods"]), ("sale", ["database.url", "pods"]),
            ("shops", ["database.url", "pods"]), ("verify-draw", []),
            ("token", ["identity.secret", "identity.issuer", "identity.audience", "identity.claims"]),
        ])
    func help(command: String, keys: [String]) throws {
        let command = try #require(
            FlashSaleCommand.configuration.subcommands.first { $0.configuration.commandName == command })
        let lines = command.helpMessage().split(separator: "\n").map { $0.drop { $0 == " " } }
        func isListed(_ name: String) -> Bool { lines.contains { $0 == name || $0.hasPrefix(name + " ") } }
        #expect(Set(Setting.all.filter { isListed($0.flag) }.map(\.key)) == Set(keys))
        let variables = ExportVariable.allCases.map(\.rawValue)
        #expect(variables.filter(isListed) == (keys.contains("http.port") ? variables : []))
    }

    @Test(
        "A host may have the brackets of a URL; what is no host is refused",
        arguments: [("[::1]", "::1"), ("::", "::"), ("localhost", "localhost"), ("", nil), ("http://a", nil)])
    func hosts(text: String, host: String?) throws {
        var settings = Settings()
        let complaint = try #require(Setting.all.first { $0.key == "http.host" }).read(text, into: &settings)
        #expect(complaint == nil ? settings.http.api.host == host : host == nil)
    }

    @Test(
        "All settings that are addresses take the same hosts, and refuse the same",
        arguments: [
            ("shop-1_a.example", true), ("10.0.0.7:8080", true), ("[fd00::7]", true), ("[::1]:65535", true),
            ("", false), ("a:0", false), ("a:65536", false), ("a:", false), ("a:+1", false), ("u@a", false),
            ("fd00::7", false), ("[fd00::7", false), ("[a]", false), ("läden.example", false), ("a b.example", false),
        ])
    func addresses(host: String, isOne: Bool) throws {
        let texts = [
            ("public.url", "http://\(host)"), ("public.ops.url", "https://\(host)"), ("registry", "etcd://\(host)/x"),
            ("http.origins", "http://\(host)"), ("webhook.url", "https://\(host)/x"),
            ("profile.upload.url", "http://\(host)/x"),
        ]
        for (key, text) in texts {
            let setting = try #require(Setting.all.first { $0.key == key })
            var settings = Settings()
            #expect((setting.read(text, into: &settings) == nil) == isOne, "\(key)")
        }
        let exports = try ExportSettings.read(["OTEL_EXPORTER_OTLP_ENDPOINT": "http://\(host)"]).settings
        #expect((exports != nil) == isOne)
    }

    @Test("Blanks around the commas of a list are no part of its values")
    func lists() throws {
        var settings = Settings()
        for (key, text) in [("http.origins", "https://a , https://b"), ("trusted.proxies", "10.0.0.0/8 ,fd00::/8")] {
            #expect(try #require(Setting.all.first { $0.key == key }).read(text, into: &settings) == nil)
        }
        #expect(settings.http.origins.map(\.description) == ["https://a", "https://b"])
        #expect(settings.http.trustedProxies.count == 2)
    }

    /// What the settings file of this text says.
    private static func texts(of file: String) throws -> [String: String] {
        let path = NSTemporaryDirectory() + "settings-\(UUID().uuidString).json"
        try Data(file.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try SettingsFile(path: path).texts
    }

    @Test("A file's numbers, words and lists are texts, and null is nothing")
    func file() throws {
        let texts = try Self.texts(
            of: """
                {"http": {"port": 8081, "host": null}, "sale": {"items": "7"}, "shops": ["a", "b"],
                "log": {"level": "info"}, "pod": {"1": {"redis": {"url": "redis://a"}}}}
                """)
        let known = [
            "http.port": "8081", "sale.items": "7", "shops": "a,b", "log.level": "info", "pod.1.redis.url": "redis://a",
        ]
        #expect(texts == known)
        #expect(try Self.texts(of: "\u{FEFF}{\"sale\": {\"items\": 7}}") == ["sale.items": "7"])
    }

    @Test("The settings may come through a pipe, as shells and supervisors pass them on")
    func pipe() throws {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data(#"{"sale": {"items": 7}}"#.utf8))
        try pipe.fileHandleForWriting.close()
        let path = "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)"
        #expect(try SettingsFile(path: path).texts == ["sale.items": "7"])
    }

    @Test(
        "A file that cannot be read is said to be so, in the system's words",
        arguments: [
            ("/nonexistent/a", "cannot be read: No such file or directory"), ("/", "cannot be read: Is a directory"),
            ("/dev/zero", "has more than 1048576 bytes"), ("/dev/null", "is not JSON: it ends too early"),
        ])
    func unreadableFile(path: String, why: String) {
        let failure = #expect(throws: Failure.self) { try SettingsFile(path: path) }
        #expect(failure.map { "\($0)" }?.hasPrefix("FLASHSALE_CONFIG names \(path), which \(why)") == true)
    }

    @Test(
        "What is no setting in a file is refused, and a complaint names it",
        arguments: [
            (#"{"sale": {"itmes": 7}}"#, "no setting sale.itmes"),
            (#"{"sales": {"items": 7}}"#, "no setting sales.items"),
            (#"{"sale": 5}"#, "no setting sale;"),
            (#"{"pod": {"200": {"redis": {"url": "x"}}}}"#, "no setting pod.200"),
            (#"{"shops": [["a"]]}"#, "shops must be"), (#"[1]"#, "no JSON object"), (#"{"sale""#, "ends too early"),
        ])
    func badFile(text: String, complaint: String) {
        let failure = #expect(throws: Failure.self) { try Self.texts(of: text) }
        #expect(failure.map { "\($0)".contains(complaint) } == true, "\(failure.map { "\($0)" } ?? "")")
    }

    @Test(
        "An empty value is as good as none, in a variable, a flag or the file", arguments: Setting.all.map(\.key))
    func empty(key: String) throws {
        let setting = try #require(Setting.all.first { $0.key == key })
        let path = NSTemporaryDirectory() + "settings-\(UUID().uuidString).json"
        let file = key.split(separator: ".").reversed().reduce("\"\"") { "{\"\($1)\": \($0)}" }
        try Data(file.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let unset = try Settings.read(arguments: [], variables: [:])
        let settings = try Settings.read(
            arguments: [setting.flag, ""], variables: [setting.variable: "", "FLASHSALE_CONFIG": path])
        #expect(settings.redacted == unset.redacted)
    }

    @Test("An empty flag leaves a setting to its variable, and an empty name of a file is no file")
    func emptyFlag() throws {
        let settings = try Settings.read(
            arguments: ["--http-port="], variables: ["FLASHSALE_HTTP_PORT": "81", "FLASHSALE_CONFIG": ""])
        #expect(settings.http.api.port == 81)
    }

    @Test(
        "A value that ends like a file, or has a control character, is refused",
        arguments: ["a-token-of-some-length\n", " a-token-of-some-length", "a-token\u{7}of-some-length"])
    func blemishes(text: String) throws {
        var settings = Settings()
        let setting = try #require(Setting.all.first { $0.key == "admin.token" })
        let complaint = setting.read(text, into: &settings)
        #expect(complaint?.hasPrefix("FLASHSALE_ADMIN_TOKEN") == true && complaint?.contains("token-of") == false)
        let pod = try #require(PodID(1))
        #expect(PodStores(pod) { _ in text }.problems.count == 2)
    }

    @Test("A word that is no setting is refused", arguments: [["x"], ["--no-such", "1"], ["--http-port"]])
    func strayWords(arguments: [String]) {
        #expect(throws: Failure.self) { try Settings.flags(in: arguments) }
    }

    @Test(
        "A mistyped flag is told with the one that it may stand for",
        arguments: [
            ("--http-prt", "there is no option --http-prt. Did you mean --http-port?"),
            ("--databse-url=x", "there is no option --databse-url. Did you mean --database-url?"),
            ("--statuss", "there is no option --statuss. Did you mean --status?"),
            ("--go-bak=1", "there is no option --go-bak. Did you mean --go-back?"),
            ("--jsonn", "there is no option --jsonn; the command's --help lists those that there are"),
        ])
    func nearMiss(flag: String, complaint: String) {
        let failure = #expect(throws: Failure.self) { try Settings.flags(in: [flag]) }
        #expect(failure.map { "\(FlashSaleCommand.told($0, to: ["migrate", flag]))" } == complaint)
    }

    @Test("Neither a complaint nor the log has a secret")
    func secrets() throws {
        var settings = Settings()
        for setting in Setting.all where setting.isSecret {
            #expect(setting.shown(in: settings) == "unset")
            let complaint = setting.read("seCret", into: &settings)
            #expect(complaint?.contains("seCret") != true)
            #expect(["unset", "[REDACTED]"].contains(setting.shown(in: settings)))
        }
    }

    @Test("Documents and sources name only settings that exist")
    func documents() {
        let elsewhere: Set = [
            // The file of settings, and the variables of the build and the tests.
            "FLASHSALE_CONFIG", "FLASHSALE_HEAP_PROFILE", "FLASHSALE_REGENERATE", "FLASHSALE_CRASH_AT",
        ]
        let known = Set(Setting.all.map(\.variable) + ExportVariable.allCases.map(\.rawValue)).union(elsewhere)
        let runbooks = Checkout.files(in: "docs/runbooks", suffix: ".md")
        let pages = Checkout.files(in: "docs", suffix: ".md") + Checkout.files(in: "docs/decisions", suffix: ".md")
        let sources = Checkout.allFiles(below: "Sources", suffix: ".swift")
        #expect(sources.count > 100)
        for path in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Dockerfile"] + pages + runbooks + sources {
            let names = Checkout.text(path).matches(of: #/\bFLASHSALE_[A-Z_]*[A-Z]\b/#).map { String($0.0) }
            let strangers = Set(names).subtracting(known).sorted()
            #expect(strangers.isEmpty, "\(path) names \(strangers)")
        }
    }
}
