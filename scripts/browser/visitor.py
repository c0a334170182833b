# A browser for the scripts of this folder: Chromium with the steps of a visitor, and what is wrong with a page.
import contextlib
import os
import time

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
AXE = os.path.join(ROOT, ".build/axe/axe_playwright_python/axe.min.js")
PATIENCE = 20
TO_HEADING = """
const heading = [...document.querySelectorAll('h2')].find((it) => it.textContent.startsWith(arguments[0]));
scrollTo(0, heading.offsetTop - 24);
"""


class Wrong(Exception):
    pass


def browser(*arguments):
    options = webdriver.ChromeOptions()
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *arguments]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    try:
        from selenium.webdriver.chrome.service import Service
        chrome = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    except TypeError:
        chrome = webdriver.Chrome("/usr/bin/chromedriver", options=options)
    chrome.set_page_load_timeout(PATIENCE)
    return chrome


class Visitor:
    """A browser that looks at one service.

    Pictures of what it checks go into a folder, if it has one, under names that begin with a word.
    """

    def __init__(self, base, pictures=None, word="page", width=1280):
        self.base, self.pictures, self.word, self.width = base, pictures, word, width
        self.chrome = browser()
        self.size(width, 900)

    def cdp(self, command, **parameters):
        return self.chrome.execute_cdp_cmd(command, parameters)

    def size(self, width, height):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def scheme(self, name):
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def language(self, name):
        self.cdp("Network.enable")
        self.cdp("Network.setExtraHTTPHeaders", headers={"Accept-Language": name})

    def scripts(self, are_on):
        self.cdp("Emulation.setScriptExecutionDisabled", value=not are_on)

    def network(self, is_on, latency=0):
        """Lets the browser have its network or not, and each answer later by so many milliseconds."""
        self.cdp("Network.enable")
        self.cdp("Network.emulateNetworkConditions", offline=not is_on, latency=latency, downloadThroughput=-1,
                 uploadThroughput=-1)

    @contextlib.contextmanager
    def hurried(self):
        """Pages that are opened meanwhile wait an eighth of their time for what they wait for by a timer."""
        hurry = "const wait = setTimeout; window.setTimeout = (task, ms) => wait(task, ms / 8);"
        name = self.cdp("Page.addScriptToEvaluateOnNewDocument", source=hurry)["identifier"]
        yield
        self.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=name)

    def open(self, path="/"):
        self.chrome.get(self.base + path)

    def find(self, selector):
        return self.chrome.find_elements(By.CSS_SELECTOR, selector)

    def text(self):
        return self.find("#page")[0].get_attribute("textContent")

    def waits(self, what, is_true):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(Exception):
                if is_true():
                    return
            time.sleep(0.1)
        raise Wrong(f"{what}: nothing of it after {PATIENCE} s, but: {' '.join(self.text().split())[:300]}")

    def says(self, text):
        self.waits(text, lambda: text in self.text())

    def has(self, selector):
        self.waits(selector, lambda: self.find(selector))

    def click(self, selector):
        # The page may be drawn anew between a look and a click: then nothing was clicked.
        self.waits(f"a click on {selector}", lambda: self.clicked(selector))

    def clicked(self, selector):
        button = self.find(selector)[0]
        middle = "scrollIntoView({block: 'center', behavior: 'instant'})"
        self.cdp("Runtime.evaluate", expression=f"document.querySelector('{selector}').{middle}")
        button.click()
        return True

    def presses(self, key):
        ActionChains(self.chrome).send_keys(key).perform()

    def tabs_to(self, name):
        """Goes to the element of this name by the keyboard alone; every stop on the way shows that it has the focus."""
        for _ in range(60):
            self.presses(Keys.TAB)
            focus = self.chrome.switch_to.active_element
            if focus.tag_name != "body" and focus.value_of_css_property("outline-style") == "none":
                raise Wrong(f"{focus.get_attribute('outerHTML')[:120]} does not show its focus")
            if focus.get_attribute("id") == name:
                return
        raise Wrong(f"the keyboard does not come to {name}")

    def accessible(self):
        """What a screen reader is told of the page: roles and names."""
        nodes = self.cdp("Accessibility.getFullAXTree")["nodes"]
        return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]

    def check(self, name, height=900, top=None):
        """Looks at the state that the page is in. The height is that of its pictures, which begin at a heading."""
        for width, text in ((320, "100%"), (640, "200%"), (self.width, "100%")):
            self.size(width, 900)
            wide = self.chrome.execute_script(
                "document.documentElement.style.fontSize = arguments[0];"
                "return document.documentElement.scrollWidth", text)
            if wide > width:
                raise Wrong(f"{name} is {wide} wide on a screen of {width}, with text of {text}")
        if os.path.exists(AXE):
            with open(AXE) as file:
                self.chrome.execute_script(file.read())
            for scheme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
                self.scheme(scheme)
                time.sleep(0.3)
                found = self.chrome.execute_async_script(
                    "const [rules, done] = arguments; axe.run(rules).then((it) => done(it.violations.map((v) => "
                    "v.id + ' ' + v.nodes.map((n) => n.html.slice(0, 80) + n.any.map((a) => a.message)).join())))",
                    rules)
                if found:
                    raise Wrong(f"{name}, {scheme}: {'; '.join(found)[:500]}")
        self.draw(name, height, top)
        self.console()

    def console(self):
        entries = self.chrome.get_log("browser")
        lines = [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]
        if lines:
            raise Wrong(f"the console says: {'; '.join(lines)[:400]}")

    def draw(self, name, height=900, top=None):
        if self.pictures:
            for suffix, width, scheme in [("", self.width, "light"), ("-dark", self.width, "dark"),
                                          ("-narrow", 320, "light")]:
                self.size(width, height)
                self.scheme(scheme)
                if top:
                    self.chrome.execute_script(TO_HEADING, top)
                time.sleep(0.5)
                self.chrome.save_screenshot(os.path.join(self.pictures, f"{self.word}-{name}{suffix}.png"))
        self.size(self.width, 900)
        self.scheme("light")


def step(function):
    """Prints the row of a step, with what it returns if that is something. Whether all is well with it."""
    name = function.__doc__
    try:
        told = function()
        print(f"{name}: {told}\tok" if told else f"{name}\tok", flush=True)
        return True
    except Exception as error:
        print(f"{name}\t{type(error).__name__}: {' '.join(str(error).split())[:700]}", flush=True)
        return False
