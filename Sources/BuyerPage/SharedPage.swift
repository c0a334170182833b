// A page as all visitors share it for whom the sale stands the same. It is rendered once for all of them, and costs
// each what is its own, and a copy.

/// A page in which each visitor's own is left open.
public struct SharedPage: Sendable {
    private let head: Blank
    private let parts: PageParts
    private let foot: [UInt8]

    /// - Parameter view: the page of any of the visitors that share it. They differ in what their cookies, their place
    ///   in the line and their place among the items say alone.
    public init(_ view: PageView, in language: Language) {
        let templates = PageTemplates.of(language)
        head = templates.head(view)
        parts = templates.parts
        foot = Array(templates.foot.utf8)
    }

    /// The page of a visitor.
    ///
    /// - Parameter grid: the items.
    public func bytes(_ view: PageView, grid: some Collection<UInt8>) -> [UInt8] {
        let own = parts.filled(head, with: view)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(own.count + grid.count + foot.count)
        bytes += own
        bytes += grid
        bytes += foot
        return bytes
    }
}
