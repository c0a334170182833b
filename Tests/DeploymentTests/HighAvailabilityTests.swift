// deploy/ha: each file by the judgement of its own program, and `make cluster`, which runs them, by its page. What they
// do when a part is lost takes minutes: `make cluster` and `make world` show it.

import Testing

@Suite("The files of deploy/ha")
struct HighAvailabilityTests {
    private static let folder = "deploy/ha"

    @Test("HAProxy takes both", .enabled(if: Promtool.path(of: "haproxy") != nil, "haproxy is not installed"))
    func haproxy() throws {
        for file in Checkout.files(in: Self.folder, suffix: ".cfg") {
            let variables = Set(Checkout.text(file).matches(of: #/"\$\{([A-Z0-9_]+)\}"/#).map { String($0.1) })
            let values = variables.map { ($0, $0.hasSuffix("_PATRONI") ? "8008" : "127.0.0.1:5432") }
            let (status, output) = try Promtool.run(
                "haproxy", ["-c", "-f", file], environment: Dictionary(uniqueKeysWithValues: values))
            #expect(status == 0 && !output.contains("WARNING"), "\(file): \(output)")
        }
    }

    /// Patroni asks for addresses that others reach, and for an etcd that answers.
    @Test("Patroni takes its file", .enabled(if: Promtool.path(of: "patroni") != nil, "patroni is not installed"))
    func patroni() throws {
        let file = "\(Self.folder)/patroni.yml"
        let named = Checkout.text(file).matches(of: #/(PATRONI_[A-Z0-9_]+)=(\S+)/#)
        let variables = Dictionary(uniqueKeysWithValues: named.map { (String($0.1), String($0.2)) })
        let here = [
            "PATRONI_POSTGRESQL_LISTEN": "127.0.0.1:1", "PATRONI_RESTAPI_LISTEN": "127.0.0.1:2",
            "PATRONI_ETCD3_HOSTS": "127.0.0.1:3",
        ]
        #expect(variables.count == 14 && Set(here.keys).isSubset(of: variables.keys))
        let (_, output) = try Promtool.run(
            "patroni", ["--validate-config", file], environment: variables.merging(here) { $1 })
        let complaints = output.split(separator: "\n").filter {
            !$0.contains(#/not reachable|^postgresql\.(data|bin)_dir|^bootstrap\.pg_hba +is not defined/#)
        }
        #expect(complaints.isEmpty, "\(output)")
    }

    @Test("etcd has the settings", .enabled(if: Promtool.path(of: "etcd") != nil, "etcd is not installed"))
    func etcd() throws {
        let settings = Checkout.text("\(Self.folder)/etcd.env").matches(of: #/(?m)^ETCD_([A-Z_]+)=\S+$/#)
        #expect(settings.count > 10)
        let (_, output) = try Promtool.run("etcd", ["--help"])
        for name in settings.map({ $0.1.lowercased().replacing("_", with: "-") }) {
            #expect(output.contains("  --\(name) "), "\(name)")
        }
    }

    @Test("Python takes the scripts that run them", .enabled(if: Promtool.path(of: "python3") != nil))
    func scripts() throws {
        let folder = "scripts/world"
        let programs = ["losses", "failovers", "clusters", "neighbours", "operators"].map { "\(folder)/\($0)" }
        let files = programs + Checkout.files(in: folder, suffix: ".py")
        let check = "import ast, sys; [ast.parse(open(file).read(), file) for file in sys.argv[1:]]"
        let (status, output) = try Promtool.run("python3", ["-c", check] + files)
        #expect(status == 0, "\(output)")
    }

    @Test("The page says what is lost, and within how many seconds writes are back")
    func page() {
        let parts = Checkout.text("scripts/world/losses").matches(of: #/"([a-z]+)": Part\("([^"]+)", ([0-9]+),/#)
        let page = Checkout.text("docs/CLUSTER.md")
        #expect(parts.count > 8)
        for part in parts {
            let isListed = page.contains("| `\(part.1)` | \(part.2) | \(part.3) |")
            #expect(isListed, "\(part.1)")
        }
    }
}
