// What a page loads besides its text: one style sheet, one script and one icon, embedded in the program.

internal import Textbook

/// A file of the page. Its name changes with its bytes, so that browsers may keep it for ever.
public struct PageAsset: Sendable {
    public let name: String
    public let contentType: String
    public let bytes: [UInt8]

    public var path: String { "/assets/\(name)" }

    public static let style = PageAsset("page", "css", "text/css; charset=utf-8", PackageResources.page_css)
    public static let script = PageAsset("page", "js", "text/javascript; charset=utf-8", PackageResources.page_js)
    public static let icon = PageAsset("icon", "svg", "image/svg+xml", PackageResources.icon_svg)

    /// All files of the buyer's page.
    public static let all = [style, script, icon]

    package init(_ stem: String, _ suffix: String, _ contentType: String, _ bytes: [UInt8]) {
        name = "\(stem).\(String(FNV1a(bytes).value, radix: 16)).\(suffix)"
        self.contentType = contentType
        self.bytes = bytes
    }
}
