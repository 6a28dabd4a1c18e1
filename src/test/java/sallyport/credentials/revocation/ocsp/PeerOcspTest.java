package sallyport.credentials.revocation.ocsp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sallyport.credentials.revocation.crl.CrlFinding;
import sallyport.credentials.revocation.ocsp.PeerOcsp.Remembered;

/** Questions that end in no answer: a handshake waits for each, and must not for ever. */
class PeerOcspTest {
  private final Ocsp ocsp = new Ocsp(Clock.systemUTC());
  private final PeerOcsp peers = new PeerOcsp(ocsp, Clock.systemUTC());

  @AfterEach
  void close() {
    ocsp.close();
  }

  private static void assertUnknown(CompletableFuture<Remembered> answer) throws Exception {
    assertThat(answer.get(20, TimeUnit.SECONDS).finding()).isInstanceOf(CrlFinding.Unknown.class);
  }

  @Test
  void anErrorIsAnAnswer() throws Exception {
    assertUnknown(
        peers.begin(
            () -> {
              throw new NoClassDefFoundError("planted");
            },
            Duration.ofHours(1)));
  }

  @Test
  void aThreadThatHangsIsNotWaitedFor() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    assertUnknown(
        peers.begin(
            () -> {
              try {
                never.await();
              } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
              }
              throw new IllegalStateException("nobody asks");
            },
            Duration.ofMillis(10)));
    never.countDown();
  }
}
