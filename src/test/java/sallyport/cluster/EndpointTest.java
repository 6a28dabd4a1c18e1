package sallyport.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import sallyport.testkit.Backends;

class EndpointTest {
  private final List<String> served = new ArrayList<>();
  private final Taker first = new Taker(served, "first");
  private final Taker second = new Taker(served, "second");

  private record Taker(List<String> served, String name) implements Runnable {
    @Override
    public void run() {
      served.add(name);
    }
  }

  /** With all places taken. */
  private static Endpoint full(int places) {
    Endpoint endpoint =
        new Cluster(
                Backends.config(
                    "endpoints = [ \"a:1\" ], pool.max-connections = %d".formatted(places)))
            .endpoints()
            .getFirst();
    for (int i = 0; i < places; i++) {
      assertThat(endpoint.tryOpenConnection()).isTrue();
    }
    assertThat(endpoint.tryOpenConnection()).isFalse();
    return endpoint;
  }

  @Test
  void aPlaceThatIsGivenBackCanBeTaken() {
    Endpoint endpoint = full(2);
    endpoint.connectionClosed();
    assertThat(endpoint.tryOpenConnection()).isTrue();
    assertThat(endpoint.tryOpenConnection()).isFalse();
  }

  @Test
  void eachPlaceGoesToOneWhoWaitsInTurn() {
    Endpoint endpoint = full(1);
    endpoint.awaitPlace(first);
    endpoint.awaitPlace(second);
    assertThat(served).isEmpty();
    endpoint.connectionClosed();
    assertThat(served).containsExactly("first");
    endpoint.connectionClosed();
    assertThat(served).containsExactly("first", "second");
    assertThat(endpoint.tryOpenConnection()).as("the place is taken").isFalse();
    assertThat(endpoint.isAwaited()).isFalse();
  }

  @Test
  void aPlaceThatIsFreeIsHadAtOnce() {
    Endpoint endpoint = full(1);
    endpoint.connectionClosed();
    endpoint.awaitPlace(first);
    assertThat(served).containsExactly("first");
    assertThat(endpoint.tryOpenConnection()).isFalse();
  }

  @Test
  void oneWhoHasStoppedWaitingGetsNone() {
    Endpoint endpoint = full(1);
    endpoint.awaitPlace(first);
    assertThat(endpoint.stopAwaiting(first)).isTrue();
    endpoint.connectionClosed();
    assertThat(served).isEmpty();
    assertThat(endpoint.stopAwaiting(first)).isFalse();
    assertThat(endpoint.tryOpenConnection()).isTrue();
  }

  @Test
  void nobodyOvertakesThoseWhoWait() {
    Endpoint endpoint = full(1);
    endpoint.awaitPlace(first);
    assertThat(endpoint.tryOpenConnection()).isFalse();
    assertThat(endpoint.isAwaitedBeside(first)).isFalse();
    assertThat(endpoint.isAwaitedBeside(second)).isTrue();
  }
}
