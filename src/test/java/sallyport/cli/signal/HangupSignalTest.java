package sallyport.cli.signal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What becomes of a SIGHUP that comes before there is something to reload. */
class HangupSignalTest {
  private final HangupSignal hangup = new HangupSignal();
  private final Semaphore reloads = new Semaphore(0);

  @Test
  void thoseThatComeEarlyAreOneReloadOnceTheGatewayServes() throws Exception {
    hangup.received();
    hangup.received();
    hangup.serving(reloads::release);
    assertThat(reloads.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
    hangup.received();
    assertThat(reloads.drainPermits()).isEqualTo(1);
  }

  @Test
  void withoutOneNothingIsReloaded() {
    hangup.serving(reloads::release);
    assertThat(reloads.drainPermits()).isZero();
    hangup.received();
    assertThat(reloads.drainPermits()).isEqualTo(1);
  }
}
