package sallyport.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A responder whose answers are OpenSSL's, and always of what was revoked by then. Only its HTTP is
 * the JDK's: OpenSSL's own server listens on every address, and looks for what was revoked before
 * it waits for the next question.
 */
public final class OcspResponder implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final OpensslCa ca;
  private final String command;
  private final AtomicInteger asked = new AtomicInteger();
  private final CountDownLatch arrived = new CountDownLatch(1);
  private volatile CountDownLatch open = new CountDownLatch(0);

  private OcspResponder(HttpServer server, OpensslCa ca, String command) {
    this.server = server;
    this.ca = ca;
    this.command = command;
  }

  static OcspResponder start(OpensslCa ca, String command) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    OcspResponder responder = new OcspResponder(server, ca, command);
    server.setExecutor(responder.threads);
    server.createContext("/", responder::answer);
    server.start();
    return responder;
  }

  private void answer(HttpExchange exchange) throws IOException {
    int number = asked.incrementAndGet();
    arrived.countDown();
    try (exchange) {
      if (!open.await(20, TimeUnit.SECONDS)) {
        return;
      }
      Path question = ca.folder().resolve("question-" + number);
      Files.write(question, exchange.getRequestBody().readAllBytes());
      ca.run(command + " -reqin question-" + number + " -respout answer-" + number);
      byte[] answer = Files.readAllBytes(ca.folder().resolve("answer-" + number));
      exchange.getResponseHeaders().set("Content-Type", "application/ocsp-response");
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The extension of a certificate that says where to ask. */
  public String extension() {
    return "authorityInfoAccess = OCSP;URI:http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** How often it was asked. */
  public int asked() {
    return asked.get();
  }

  /** Keeps questions waiting from now on, until it is told to {@link #open}. */
  public OcspResponder hold() {
    open = new CountDownLatch(1);
    return this;
  }

  /** Waits until it was asked for the first time. */
  public void awaitQuestion() throws InterruptedException {
    if (!arrived.await(20, TimeUnit.SECONDS)) {
      throw new AssertionError("nobody asked");
    }
  }

  public void open() {
    open.countDown();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    // Whoever still answers writes into a folder that is deleted next.
    threads.close();
  }
}
