// A page that stands alone: one file without scripts, fonts or pictures of others, light or dark as its reader's screen
// is, and readable at the width of a telephone.

internal import Textbook

/// A page of a report.
public struct Page {
    let title: String
    /// Markup: its text is escaped.
    let body: String

    public init(title: String, body: String) {
        self.title = title
        self.body = body
    }

    public var text: String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(title.escapedForHTML)</title>
        <style>\(Self.style)</style></head><body><main>
        \(body)
        </main></body></html>

        """
    }

    private static let style = """
        :root{--page:#fbfaf8;--panel:#fff;--rule:#e3e1dc;--text:#1d2126;--muted:#5f6670;--blue:#2f66c8;--cyan:#0e8596;
        --gray:#8b919a;--green:#1b7f4c;--orange:#b8650c;--purple:#7a4bc0;--red:#c03338}
        @media(prefers-color-scheme:dark){:root{--page:#15171a;--panel:#1c1f23;--rule:#31353b;--text:#e7e9ec;
        --muted:#a0a7b1;--blue:#7aa7ff;--cyan:#4fc3d4;--gray:#858c97;--green:#56c48b;--orange:#eda04c;--purple:#b394f0;
        --red:#f2777b}}
        *{box-sizing:border-box}
        body{font:15px/1.5 system-ui,sans-serif;margin:0;background:var(--page);color:var(--text)}
        main{max-width:58rem;margin:0 auto;padding:2rem 1rem 4rem}
        h1{font-size:1.7rem;line-height:1.2;margin:0 0 .4rem;letter-spacing:-.01em}
        h2{font-size:1.05rem;line-height:1.3;margin:2.2rem 0 .6rem}
        p{margin:.4rem 0;max-width:44rem} .muted,figcaption{color:var(--muted)} a{color:var(--blue)}
        .lead{font-size:1.15rem;margin:1rem 0 0} .end{margin-top:2.6rem;font-size:.85rem}
        .pill{font-size:.8rem;font-weight:600;letter-spacing:0;vertical-align:middle;margin-left:.4rem;
        padding:.15rem .6rem;border:1px solid var(--c);border-radius:1rem;color:var(--text)}
        .good{color:var(--green)} .bad{color:var(--red)}
        .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(10.2rem,1fr));gap:.6rem;margin:1.4rem 0 0}
        .tiles div{background:var(--panel);border:1px solid var(--rule);border-radius:.5rem;padding:.6rem .7rem}
        dt{color:var(--muted);font-size:.82rem} dd{margin:0;font-size:1.1rem;font-weight:600}
        dd,td{font-variant-numeric:tabular-nums}
        figure{margin:0;background:var(--panel);border:1px solid var(--rule);border-radius:.5rem;padding:.6rem}
        figcaption{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;font-size:.85rem;padding:.2rem .3rem 0}
        .key{display:inline-block;width:.7em;height:.7em;border-radius:2px;background:var(--c);margin-right:.4em}
        .key.bar{height:.3em;vertical-align:middle;border-radius:0} rect{fill:var(--c)}
        svg{display:block;width:100%;height:auto} svg text{font-size:12px;fill:var(--muted)}
        .axis{text-anchor:end;dominant-baseline:middle} .time,.number{text-anchor:middle}
        svg .number{fill:var(--red)} .grid{stroke:var(--rule)}
        polyline{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round} .broad{stroke-width:5;opacity:.45}
        polygon{fill:var(--c);fill-opacity:.3;stroke:var(--c);stroke-width:1.2;stroke-linejoin:round}
        .mark{stroke:var(--red);stroke-dasharray:4 3;stroke-width:1.4}
        .wide{overflow-x:auto} table{border-collapse:collapse} pre{margin:0;white-space:pre-wrap}
        td,th{padding:.3rem 1rem .3rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
        th{font-weight:600} tr:first-child th[scope=col]{color:var(--muted);font-weight:400;font-size:.85rem}
        .bars{width:100%;table-layout:fixed} .bars th{width:38%;font-weight:400;overflow-wrap:anywhere}
        .bars td{vertical-align:middle;padding-right:0} .bars td:last-child{width:24%;padding-left:.8rem}
        .track div{background:var(--c);opacity:.8;height:.8rem;min-width:2px;border-radius:2px}
        @media(max-width:36rem){main{padding:1.2rem .8rem 3rem} h1{font-size:1.35rem} dd{font-size:1rem}
        .tiles{grid-template-columns:1fr 1fr} svg text{font-size:24px}
        svg .axis{font-size:19px} svg .number{font-size:19px}
        .minor{display:none} .mark{stroke-width:2.5} polyline{stroke-width:3.5}
        .broad{stroke-width:9} .bars th{width:46%} .bars td:last-child{width:32%}}
        @media print{body{background:none} figure,.tiles div,tr{break-inside:avoid} h2{break-after:avoid}}
        """
}
