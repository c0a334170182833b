// The target of a request, taken apart.

/// What a listener makes of a target.
struct ReadTarget {
    let text: String
    /// The text after the question mark.
    let query: Substring
    let route: Route

    init(_ text: String, on routes: Routes) {
        let (path, query) = splitTarget(text)
        self.text = text
        self.query = query
        route = routes.route(of: path)
    }

    /// Whether it is so short that each connection may keep one.
    var isShort: Bool { text.utf8.count <= 128 }
}
