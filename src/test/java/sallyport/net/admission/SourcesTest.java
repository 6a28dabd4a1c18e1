package sallyport.net.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import sallyport.config.listener.PerSourceConfig;
import sallyport.config.listener.RateConfig;

class SourcesTest {
  private static final InetAddress ONE = InetAddress.ofLiteral("192.0.2.1");
  private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.2");
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Sources sources = new Sources(new PerSourceConfig(2, new RateConfig(1, 3)));

  @Test
  void aSourceHasSoManyConnectionsAndGetsOneBackForEachThatCloses() {
    assertThat(sources.enter(ONE, 0)).isNull();
    assertThat(sources.enter(ONE, 0)).isNull();
    assertThat(sources.enter(ONE, 0)).isEqualTo(Refusal.SOURCE_LIMIT);
    sources.leave(ONE, 0);
    assertThat(sources.enter(ONE, 0)).isNull();
  }

  @Test
  void aSourceThatOpensAndClosesTooFastIsRefused() {
    for (int i = 0; i < 3; i++) {
      assertThat(sources.enter(ONE, 0)).isNull();
      sources.leave(ONE, 0);
    }
    assertThat(sources.enter(ONE, 0)).isEqualTo(Refusal.SOURCE_RATE);
    assertThat(sources.enter(ONE, SECOND)).isNull();
  }

  @Test
  void otherSourcesHaveTheirOwn() {
    sources.enter(ONE, 0);
    sources.enter(ONE, 0);
    assertThat(sources.enter(OTHER, 0)).isNull();
  }

  @Test
  void anIpv6SourceIsItsNetworkOf64Bits() {
    assertThat(sources.enter(InetAddress.ofLiteral("2001:db8:0:1::1"), 0)).isNull();
    assertThat(sources.enter(InetAddress.ofLiteral("2001:db8:0:1:ffff::2"), 0)).isNull();
    assertThat(sources.enter(InetAddress.ofLiteral("2001:db8:0:1::3"), 0))
        .isEqualTo(Refusal.SOURCE_LIMIT);
    assertThat(sources.enter(InetAddress.ofLiteral("2001:db8:0:2::1"), 0)).isNull();
  }

  @Test
  void whatIsGoneIsForgottenOnceItsRateHasNothingToRemember() {
    sources.enter(ONE, 0);
    sources.leave(ONE, 0);
    sources.enter(OTHER, 0);
    sources.sweep(0);
    assertThat(sources.size()).isEqualTo(2);
    sources.sweep(SECOND);
    assertThat(sources.size()).isEqualTo(1);
    sources.leave(OTHER, 2 * SECOND);
    assertThat(sources.size()).isZero();
  }
}
