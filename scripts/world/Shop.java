// Shops with java.net.http, as shop.py says: `java Shop.java BASE SALE BUYER ROUNDS IDLES`.
//
// The client is the JDK's as it comes: it offers HTTP/2 by an upgrade with the first request of a connection.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

public class Shop {
    static final int WORKERS = 4;
    static final int SHOWN_FAILURES = 5;
    static final Duration TIMEOUT = Duration.ofSeconds(10);
    static final HttpClient client = HttpClient.newHttpClient();
    static final AtomicInteger requests = new AtomicInteger(), failures = new AtomicInteger();
    static final AtomicLong slowest = new AtomicLong();

    public static void main(String[] arguments) throws Exception {
        var rounds = Integer.parseInt(arguments[3]);
        var idles = arguments.length > 4 && !arguments[4].isEmpty() ? arguments[4].split(",") : new String[0];
        var parts = idles.length + 1;
        for (var part = 0; part < parts; part++) {
            var workers = new ArrayList<Thread>();
            for (var worker = 0; worker < WORKERS; worker++) {
                var first = part * rounds / parts + worker;
                var end = (part + 1) * rounds / parts;
                workers.add(new Thread(() -> {
                    for (var number = first; number < end; number += WORKERS) {
                        round(arguments[0], arguments[1], arguments[2] + "-" + number, number);
                    }
                }));
            }
            for (var worker : workers) worker.start();
            for (var worker : workers) worker.join();
            if (part < idles.length) Thread.sleep((long) (Double.parseDouble(idles[part]) * 1000));
        }
        System.out.printf("%d %d %.3f%n", requests.get(), failures.get(), slowest.get() / 1e9);
    }

    static void round(String base, String sale, String buyer, int number) {
        var item = "ITM-" + sale + "-" + (number % 1000 + 1);
        var body = "{\"user_id\":\"" + buyer + "\",\"id\":\"" + item + "\"}";
        ask("GET", base + "/sales/active", null, null, "\"id\"");
        ask("HEAD", base + "/sales/" + sale + "/items?limit=3", null, null, null);
        var cart = ask("POST", base + "/checkout", "checkout-" + buyer, body, "\"code\"");
        var found = Pattern.compile("\"code\":\"([^\"]+)\"").matcher(cart);
        var code = found.find() ? found.group(1) : "none";
        if (number % 2 == 1) {
            ask("POST", base + "/purchase?code=" + code, "purchase-" + buyer, null, "\"order_id\"");
        } else {
            ask("DELETE", base + "/checkout?code=" + code, null, null, "\"released_items\"");
        }
    }

    static String ask(String method, String url, String key, String body, String has) {
        var publisher = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
        var request = HttpRequest.newBuilder(URI.create(url)).timeout(TIMEOUT).method(method, publisher);
        if (key != null) request.header("Idempotency-Key", key);
        if (body != null) request.header("Content-Type", "application/json");
        var began = System.nanoTime();
        String text = "", fault = null;
        try {
            var answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            text = answer.body();
            var isRight = answer.statusCode() == 200 && (has == null ? text.isEmpty() : text.contains(has));
            if (!isRight) fault = answer.statusCode() + " " + text;
        } catch (Exception error) {
            fault = error.toString();
        }
        var took = System.nanoTime() - began;
        requests.incrementAndGet();
        slowest.accumulateAndGet(took, Math::max);
        if (fault != null && failures.incrementAndGet() <= SHOWN_FAILURES) {
            System.err.println(method + " " + url + ": " + fault);
        }
        return text;
    }
}
