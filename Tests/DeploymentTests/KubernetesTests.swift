// deploy/kubernetes: the manifests against the schemas of Kubernetes, and against what the service does.

import FlashSaleHTTP
import Foundation
import HiredisClient
import Testing

@testable import FlashSaleCLI

@Suite("The manifests of Kubernetes")
struct KubernetesTests {
    private static let folder = "deploy/kubernetes"
    private static let manifests = Checkout.files(in: folder, suffix: ".yaml").filter {
        !$0.hasSuffix("kustomization.yaml")
    }
    private static let deployment = Checkout.text("\(folder)/deployment.yaml")
    private static let configuration = Checkout.text("\(folder)/configuration.yaml")
    /// Where scripts/setup-kubernetes puts kubernetes-validate of PyPI.
    private static let validator = Checkout.root.appendingPathComponent(".build/kubernetes").path
    private static let examples = "\(folder)/examples"

    @Test(
        "Each is what Kubernetes expects",
        .enabled(if: FileManager.default.fileExists(atPath: validator), "kubernetes-validate is not installed"),
        arguments: manifests + ["autoscaler", "network"].map { "\(examples)/\($0).yaml" })
    func schemas(path: String) throws {
        let (status, output) = try Promtool.run(
            "python3", ["-m", "kubernetes_validate", "--strict", path], environment: ["PYTHONPATH": Self.validator])
        #expect(status == 0, "\(output)")
    }

    @Test("They are a whole: the list names each file, and each object that a pod needs is there")
    func list() {
        let listed = Checkout.text("\(Self.folder)/kustomization.yaml").matches(of: #/(?m)^  - (\S+\.yaml)$/#)
            .map { "\(Self.folder)/\($0.1)" }
        // The secret itself is never in the repository.
        #expect(Set(listed) == Set(Self.manifests.map { $0.replacing("secret.example", with: "secret") }))
        for kind in ["ConfigMap", "Secret"] {
            let objects = Self.manifests.map(Checkout.text).filter {
                $0.contains("kind: \(kind)\nmetadata:\n  name: flashsale\n")
            }
            #expect(objects.count == 1, "\(kind)")
        }
        #expect(Checkout.text(".gitignore").contains("\n\(Self.folder)/secret.yaml\n"))
    }

    @Test("The examples name ports, labels and metrics that there are")
    func operators() throws {
        let label = "app.kubernetes.io/name: flashsale\n"
        for file in ["monitor", "network"] {
            let text = Checkout.text("\(Self.examples)/\(file).yaml")
            let ports = text.matches(of: #/- port: ([a-z]+)/#).map { String($0.1) }
            #expect(!ports.isEmpty && Set(ports).isSubset(of: ["api", "operations"]))
            #expect(text.contains("matchLabels:\n      \(label)"))
        }
        // The operator would name the job after the object and its namespace, and no alert would ever fire.
        #expect(Checkout.text("\(Self.examples)/monitor.yaml").contains("\n  jobLabel: app.kubernetes.io/name\n"))
        #expect(Checkout.text("prometheus/rules/alerts.yml").contains(#"up{job="flashsale"}"#))
        let rules = Checkout.text("\(Self.examples)/adapter.yaml")
        let scaled = Checkout.text("\(Self.examples)/autoscaler.yaml").matches(of: #/name: (flashsale_[a-z_]+)/#)
        #expect(scaled.count == 2)
        for match in scaled { #expect(rules.contains("as: \(match.1)\n")) }
        let metrics = Checkout.text("docs/METRICS.md")
        let series = rules.matches(of: #/seriesQuery: '([a-z_]+)/#).map { $0.1.replacing("_bucket", with: "") }
        #expect(series.count == 2)
        for name in series { #expect(metrics.contains("| `\(name)` |")) }
    }

    @Test("The policy reaches the stores of the examples")
    func policy() {
        let text = Checkout.text("\(Self.examples)/network.yaml")
        #expect(text.contains("cnpg.io/cluster: flashsale\n"))
        #expect(
            Checkout.text("\(Self.examples)/postgres.yaml").contains("kind: Cluster\nmetadata:\n  name: flashsale\n"))
        let labelled = "app.kubernetes.io/part-of: flashsale-redis\n"
        #expect(text.contains(labelled) && Checkout.text("\(Self.examples)/redis.yaml").contains(labelled))
    }

    @Test("Sentinels of the example know the master's password, and the service that of the sentinels")
    func sentinels() throws {
        let text = Checkout.text("\(Self.examples)/redis.yaml")
        let parts = text.components(separatedBy: "---\n")
        try #require(parts.count == 2)
        let secrets = parts.map { part in
            part.matches(of: #/(redisSecret|secretKeyRef):\n +name: flashsale-redis\n +key: password\n/#).map(\.1)
        }
        #expect(secrets == [["redisSecret"], ["secretKeyRef", "redisSecret"]])
        let url = try #require(text.firstMatch(of: #/FLASHSALE_REDIS_URL=([^\s,]+)/#)?.1)
        let redis = try RedisConfiguration(url: String(url.replacing("…", with: "a-password")))
        guard case .sentinels(_, let service, let credentials) = redis.location else {
            return #expect(Bool(false), "\(url) leads to no sentinels")
        }
        #expect(text.contains("masterGroupName: \(service)\n"))
        #expect(redis.credentials != nil && credentials != nil)
    }

    @Test("Their variables are settings with values that the service takes")
    func settings() {
        let text = Self.configuration + Checkout.text("\(Self.folder)/secret.example.yaml")
        let variables = text.matches(of: #/(?m)^  (FLASHSALE_[A-Z_]+): "?([^"\n]*)"?$/#)
        #expect(variables.count == 9)
        for match in variables {
            let complaint = Setting.complaint(of: String(match.1), String(match.2))
            #expect(complaint == nil)
        }
    }

    @Test("Ports, user and paths are those of the image and of the service")
    func image() {
        let http = Settings().http
        #expect(Self.deployment.contains("name: api\n              containerPort: \(http.api.port)\n"))
        #expect(Self.deployment.contains("name: operations\n              containerPort: \(http.operations.port)\n"))
        #expect(Self.deployment.contains("runAsUser: 10001\n        runAsGroup: 10001\n"))
        #expect(Checkout.text("Dockerfile").contains("\nUSER 10001:10001\n"))
        #expect(
            Self.deployment.matches(of: #/path: (\S+)/#).map { String($0.1) } == ["/healthz", "/healthz", "/readyz"])
    }

    @Test("Every container is confined")
    func confinement() {
        let text = Self.deployment
        #expect(text.contains("runAsNonRoot: true") && text.contains("type: RuntimeDefault"))
        #expect(text.contains("automountServiceAccountToken: false"))
        for line in ["allowPrivilegeEscalation: false", "readOnlyRootFilesystem: true", "drop: [ALL]"] {
            #expect(text.contains(line))
        }
        let containers = text.matches(of: #/(?m)^        - name: /#).count
        #expect(text.matches(of: #/securityContext: [&*]confined/#).count == containers)
        #expect(!text.contains("volumes:"), "it needs no file system to write to, /tmp neither")
    }

    @Test("The endpoints forget a pod before it refuses a connection, and it ends before it is killed")
    func ending() throws {
        func seconds(_ pattern: Regex<(Substring, Substring)>, in text: String) throws -> Int {
            try #require(text.firstMatch(of: pattern).flatMap { Int($0.1) })
        }
        let readiness = try #require(Self.deployment.split(separator: "readinessProbe:").last)
        let period = try seconds(#/periodSeconds: ([0-9]+)/#, in: String(readiness))
        let threshold = try seconds(#/failureThreshold: ([0-9]+)/#, in: String(readiness))
        let pause = try seconds(#/\[sleep, "([0-9]+)"\]/#, in: Self.deployment)
        let drain = try seconds(#/FLASHSALE_DRAIN_SECONDS: "([0-9]+)"/#, in: Self.configuration)
        let grace = try seconds(#/terminationGracePeriodSeconds: ([0-9]+)/#, in: Self.deployment)
        #expect(drain > period * threshold)
        let limits = Settings().http.limits
        let last = limits.lastRequestTimeout + limits.requestTimeout + limits.lingerTimeout + limits.sendTimeout
        #expect(.seconds(grace) > .seconds(pause + drain) + last)
    }
}
