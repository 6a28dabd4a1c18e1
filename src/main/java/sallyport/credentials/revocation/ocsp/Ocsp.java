package sallyport.credentials.revocation.ocsp;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Client of OCSP responders (RFC 6960, over HTTP as in its appendix A). It never follows a
 * redirect: it asks where the certificate says, and nowhere else.
 *
 * <p>Any thread.
 */
public final class Ocsp implements AutoCloseable {
  /** An answer with a few certificates in it takes some kilobytes. */
  private static final long MAX_BYTES = 64L * 1024;

  private final Clock clock;
  private final PeerOcsp peers;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("sallyport-ocsp-", 0).factory());

  /** Made when it is first needed: most gateways never ask, and its start takes long. */
  private @Nullable HttpClient http;

  private boolean closed;

  /**
   * @param clock says whether an answer is current
   */
  public Ocsp(Clock clock) {
    this.clock = clock;
    this.peers = new PeerOcsp(this, clock);
  }

  /** Returns the answers about peers. */
  public PeerOcsp peers() {
    return peers;
  }

  /**
   * Runs what may wait for an answer, off the event loops.
   *
   * @return false once this is closed
   */
  boolean run(Runnable task) {
    try {
      threads.execute(task);
      return true;
    } catch (RejectedExecutionException closed) {
      return false;
    }
  }

  /**
   * Asks a responder, and waits for the answer.
   *
   * @param issuer of the certificate
   * @param timeout for the whole exchange
   * @throws OcspFailure when there is none that can be relied on
   */
  OcspAnswer ask(
      X509Certificate certificate, X509Certificate issuer, URI responder, Duration timeout)
      throws OcspFailure {
    try {
      byte[] request = OcspVerifier.request(certificate, issuer);
      CompletableFuture<HttpResponse<byte[]>> asked =
          http()
              .sendAsync(
                  HttpRequest.newBuilder(responder)
                      .header("Content-Type", "application/ocsp-request")
                      .header("Accept", "application/ocsp-response")
                      .POST(HttpRequest.BodyPublishers.ofByteArray(request))
                      .build(),
                  HttpResponse.BodyHandlers.limiting(
                      HttpResponse.BodyHandlers.ofByteArray(), MAX_BYTES));
      HttpResponse<byte[]> response = get(asked, timeout);
      if (response.statusCode() != 200) {
        throw new OcspFailure(
            OcspFailure.Kind.REFUSED, responder + " answers with status " + response.statusCode());
      }
      return OcspVerifier.verify(response.body(), certificate, issuer, clock.instant());
    } catch (TimeoutException e) {
      throw new OcspFailure(
          OcspFailure.Kind.UNREACHABLE, responder + " gave no answer in " + timeout);
    } catch (IOException | IllegalArgumentException e) {
      throw new OcspFailure(
          OcspFailure.Kind.UNREACHABLE, responder + " cannot be asked: " + describe(e));
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
      throw new OcspFailure(OcspFailure.Kind.UNREACHABLE, "the gateway stops");
    }
  }

  private synchronized HttpClient http() throws IOException {
    if (closed) {
      throw new IOException("the gateway stops");
    }
    if (http == null) {
      http =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .executor(threads)
              .build();
    }
    return http;
  }

  /**
   * Sends a request with a timeout up to the last byte of the response; the client's own timeout
   * ends with its head.
   */
  private static HttpResponse<byte[]> get(
      CompletableFuture<HttpResponse<byte[]>> asked, Duration timeout)
      throws IOException, InterruptedException, TimeoutException {
    try {
      return asked.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException failed) {
      Throwable cause = Objects.requireNonNullElse(failed.getCause(), failed);
      throw new IOException(describe(cause), cause);
    } finally {
      asked.cancel(true);
    }
  }

  private static String describe(Throwable e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /** Ends what is being asked. */
  @Override
  public synchronized void close() {
    closed = true;
    if (http != null) {
      http.shutdownNow();
    }
    threads.shutdownNow();
  }
}
