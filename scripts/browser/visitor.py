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

    def __init__(self, base, pictures=None, word="page"):
        self.base, self.pictures, self.word = base, pictures, word
        self.chrome = browser()
        self.size(1280, 900)

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

    def network(self, is_on):
        self.cdp("Network.emulateNetworkConditions", offline=not is_on, latency=0, downloadThroughput=-1,
                 uploadThroughput=-1)

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
        self.has(selector)
        button = self.find(selector)[0]
        middle = "scrollIntoView({block: 'center', behavior: 'instant'})"
        self.cdp("Runtime.evaluate", expression=f"document.querySelector('{selector}').{middle}")
        button.click()

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

    def check(self, name, height=900):
        """Looks at the state that the page is in. The height is that of its pictures."""
        for width in (320, 1280):
            self.size(width, 900)
            wide = self.chrome.execute_script("return document.documentElement.scrollWidth")
            if wide > width:
                raise Wrong(f"{name} is {wide} wide on a screen of {width}")
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
        self.draw(name, height)
        self.console()

    def console(self):
        entries = self.chrome.get_log("browser")
        lines = [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]
        if lines:
            raise Wrong(f"the console says: {'; '.join(lines)[:400]}")

    def draw(self, name, height=900):
        if self.pictures:
            for suffix, width, tall, scheme in [("", 1280, height, "light"), ("-dark", 1280, height, "dark"),
                                                ("-narrow", 320, 900, "light")]:
                self.size(width, tall)
                self.scheme(scheme)
                time.sleep(0.5)
                self.chrome.save_screenshot(os.path.join(self.pictures, f"{self.word}-{name}{suffix}.png"))
        self.size(1280, 900)
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
