package sallyport.revocation;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;

/**
 * Asks responders (RFC 6960, over HTTP as in its appendix A). Never follows a redirect: where the
 * certificate says is where it asks.
 */
public final class Ocsp implements AutoCloseable {
  /** An answer with a few certificates in it takes some kilobytes. */
  private static final long MAX_BYTES = 64L * 1024;

  private final Clock clock;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("sallyport-ocsp-", 0).factory());
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .executor(threads)
          .build();

  /**
   * @param clock says whether an answer is current
   */
  public Ocsp(Clock clock) {
    this.clock = clock;
  }

  /** Runs what may wait for an answer, off the event loops; does nothing once this is closed. */
  void run(Runnable task) {
    try {
      threads.execute(task);
    } catch (RejectedExecutionException closed) {
      // Nobody waits for it any more.
    }
  }

  /**
   * Asks, and waits for the answer.
   *
   * @param issuer of the certificate
   * @param timeout for the whole exchange
   * @throws OcspFailure when there is none that can be relied on
   */
  OcspAnswer ask(
      X509Certificate certificate, X509Certificate issuer, URI responder, Duration timeout)
      throws OcspFailure {
    try {
      byte[] request =
          new OCSPReqBuilder()
              .addRequest(OcspVerifier.idOf(certificate, issuer))
              .build()
              .getEncoded();
      HttpResponse<byte[]> response =
          http.send(
              HttpRequest.newBuilder(responder)
                  .timeout(timeout)
                  .header("Content-Type", "application/ocsp-request")
                  .header("Accept", "application/ocsp-response")
                  .POST(HttpRequest.BodyPublishers.ofByteArray(request))
                  .build(),
              HttpResponse.BodyHandlers.limiting(
                  HttpResponse.BodyHandlers.ofByteArray(), MAX_BYTES));
      if (response.statusCode() != 200) {
        throw new OcspFailure(
            OcspFailure.Kind.REFUSED, responder + " answers with status " + response.statusCode());
      }
      return OcspVerifier.verify(response.body(), certificate, issuer, clock.instant());
    } catch (IOException | IllegalArgumentException e) {
      throw new OcspFailure(
          OcspFailure.Kind.UNREACHABLE, responder + " cannot be asked: " + describe(e));
    } catch (OCSPException e) {
      throw new IllegalStateException("a request cannot be made", e);
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
      throw new OcspFailure(OcspFailure.Kind.UNREACHABLE, "the gateway stops");
    }
  }

  private static String describe(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /** Ends what is being asked. */
  @Override
  public void close() {
    http.shutdownNow();
    threads.shutdownNow();
  }
}
