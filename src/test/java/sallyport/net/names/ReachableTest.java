package sallyport.net.names;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import sallyport.net.names.Answer.Found;

class ReachableTest {
  private static final Found FOUR = Found.host(InetAddress.ofLiteral("192.0.2.1"));
  private static final Found SIX = Found.host(InetAddress.ofLiteral("2001:db8::1"));

  @Test
  void addressesWithoutARouteAreLeftOut() {
    assertThat(Reachable.of(List.of(FOUR, SIX), Inet4Address.class::isInstance))
        .containsExactly(FOUR);
    assertThat(Reachable.of(List.of(FOUR, SIX), any -> true)).containsExactly(FOUR, SIX);
  }

  @Test
  void whereNoneHasARouteAllStay() {
    assertThat(Reachable.of(List.of(FOUR, SIX), any -> false)).containsExactly(FOUR, SIX);
  }

  @Test
  void thisMachineIsReachable() {
    Found loopback = Found.host(InetAddress.ofLiteral("127.0.0.1"));
    assertThat(Reachable.of(List.of(loopback))).containsExactly(loopback);
  }
}
