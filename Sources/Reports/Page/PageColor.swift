// The names of the colours that charts and bars have. Page says what they are, in light and in dark.

/// The colours of a page, each for light and for dark.
public enum PageColor: String, Sendable {
    case blue
    case cyan
    case gray
    case green
    case orange
    case purple
    case red
    case text

    public var css: String { "var(--\(rawValue))" }
}
