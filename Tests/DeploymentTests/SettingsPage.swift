// docs/SETTINGS.md, written from the lists that `flashsale serve --help` prints.

import TelemetryExport

@testable import FlashSaleCLI

enum SettingsPage {
    static let path = "docs/SETTINGS.md"

    static var text: String {
        """
        # Settings

        `make documents` writes this page from `Setting.all` and `ExportVariable`; a test compares them. A setting \
        comes from a flag (`--http-port` for `FLASHSALE_HTTP_PORT`), the environment, or a JSON file that \
        `FLASHSALE_CONFIG` names (`{"http": {"port": 8080}}`). Flags win; the file comes last. An empty value \
        is as good as none. The service checks all of them when it starts, and logs them without the secrets.

        | name | default | meaning |
        |---|---|---|
        \(Setting.all.map { row($0.variable, $0.standard, $0.help) }.joined(separator: "\n"))

        ## Export to a collector

        The environment alone sets these. `OTEL_EXPORTER_OTLP_X` can be set for one signal, which wins there: \
        `OTEL_EXPORTER_OTLP_TRACES_X`, `…_METRICS_X`, `…_LOGS_X`. The endpoint of one signal is the whole URL, path \
        included. As OpenTelemetry asks, a value of an `OTEL_…` variable that is not understood is warned of at start, \
        and ignored. So are the other variables of its specification, such as the limits of attributes, in one line.

        | name | default | meaning |
        |---|---|---|
        \(ExportVariable.allCases.map { row($0.rawValue, $0.standard, $0.help) }.joined(separator: "\n"))

        """
    }

    private static func row(_ name: String, _ standard: String, _ help: String) -> String {
        "| `\(name)` | \(standard.isEmpty ? "" : "`\(standard)`") | \(help) |"
    }
}
