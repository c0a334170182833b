# The description of the API as a page for people: a section for each operation, then one for each schema.
import html
import json

METHODS = ["get", "post", "put", "patch", "delete"]


def render(description):
    """The page's markup, of the text of an OpenAPI document."""
    return Description(json.loads(description)).page()


def text(value):
    return html.escape(str(value), quote=False)


def table(head, rows):
    if not rows:
        return ""
    head = "".join(f"<th>{cell}</th>" if cell else "<td></td>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


class Description:
    def __init__(self, document):
        self.document = document

    def page(self):
        info, parts = self.document["info"], self.document["components"]
        operations = [(path, method, item[method]) for path, item in self.document["paths"].items()
                      for method in METHODS if method in item]
        contents = [[f'<a href="#{self.anchor(operation)}"><code>{method.upper()} {text(path)}</code></a>',
                     text(operation.get("summary", ""))] for path, method, operation in operations]
        return "\n".join(
            [f"<h1>The API</h1><p>{text(info['summary'])} {text(info['description'])}</p>",
             table(["operation", "what it does"], contents)]
            + [self.operation(*each) for each in operations]
            + ['<h2 id="schemas">Schemas</h2>']
            + [f'<h3 id="{self.schema_anchor(name)}">{text(name)}</h3>{self.schema(schema)}'
               for name, schema in parts["schemas"].items()])

    def anchor(self, operation):
        return "operation-" + operation["operationId"]

    def schema_anchor(self, name):
        return "schema-" + name

    def resolved(self, value):
        while "$ref" in value:
            place = self.document
            for part in value["$ref"].split("/")[1:]:
                place = place[part]
            value = place
        return value

    def operation(self, path, method, operation):
        parameters = [self.resolved(each) for each in operation.get("parameters", [])]
        rows = [[f"<code>{text(each['name'])}</code>", text(each["in"]), self.type(each.get("schema", {})),
                 ("Required. " if each.get("required") else "") + text(each.get("description", ""))]
                for each in parameters]
        pieces = [f'<h2 id="{self.anchor(operation)}"><code>{method.upper()} {text(path)}</code></h2>',
                  f"<p><b>{text(operation.get('summary', ''))}.</b> {text(operation.get('description', ''))}</p>",
                  table(["parameter", "in", "type", "meaning"], rows)]
        if "requestBody" in operation:
            body = self.resolved(operation["requestBody"])
            pieces.append(f"<p>Body: {self.content(body)}. {text(body.get('description', ''))}</p>")
        found = {status: self.resolved(answer) for status, answer in operation["responses"].items()}
        answers = [[f"<code>{status}</code>", self.content(answer), self.fields(answer),
                    text(answer.get("description", ""))] for status, answer in found.items()]
        return "\n".join(pieces + [table(["status", "body", "header fields", "meaning"], answers)])

    def fields(self, answer):
        """The names of an answer's header fields. Every answer has an X-Request-Id."""
        names = [name for name in answer.get("headers", {}) if name != "X-Request-Id"]
        return ", ".join(f"<code>{text(name)}</code>" for name in names)

    def content(self, holder):
        return "<br>".join(f"{self.type(form.get('schema', {}))} as <code>{text(kind)}</code>"
                           for kind, form in holder.get("content", {}).items())

    def type(self, schema):
        """A type in a few words, with links to the schemas in it."""
        if "$ref" in schema:
            name = schema["$ref"].split("/")[-1]
            return f'<a href="#{self.schema_anchor(name)}">{text(name)}</a>'
        for key, glue in (("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")):
            if key in schema:
                return glue.join(self.type(each) for each in schema[key])
        if "const" in schema:
            return f"<code>{text(json.dumps(schema['const']))}</code>"
        if "enum" in schema:
            return " ".join(f"<code>{text(each)}</code>" for each in schema["enum"])
        kinds = schema.get("type", "any")
        name = text(kinds if isinstance(kinds, str) else " or ".join(kinds))
        if "items" in schema:
            name += f" of {self.type(schema['items'])}"
        bounds = [f"{word} {schema[key]}" for key, word in (
            ("format", ""), ("minimum", "from"), ("maximum", "to"), ("minLength", "length from"), ("maxLength", "length to"),
            ("minItems", "items from"), ("maxItems", "items to"), ("pattern", "matching")) if key in schema]
        return name + (f" <small>{text(', '.join(bounds))}</small>" if bounds else "")

    def schema(self, schema):
        said = f"<p>{text(schema['description'])}</p>" if "description" in schema else ""
        if "properties" not in schema:
            return f"{said}<p>{self.type(schema)}</p>"
        required = set(schema.get("required", []))
        rows = [[f"<code>{text(name)}</code>", self.type(value), "" if name in required else "may be absent",
                 text(self.resolved(value).get("description", "")) if "$ref" not in value else ""]
                for name, value in schema["properties"].items()]
        return said + table(["field", "type", "", "meaning"], rows)
