package sallyport.connect.dial;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** By a clock that stands still until the test moves it. */
class AddressRaceTest {
  private static final long TIMEOUT = TimeUnit.SECONDS.toNanos(5);

  private final EmbeddedChannel clock = new EmbeddedChannel();
  private final Map<Integer, ChannelPromise> dialled = new LinkedHashMap<>();
  private final List<String> heard = new ArrayList<>();

  AddressRaceTest() {
    clock.freezeTime();
  }

  private AddressRace race(int addresses, long timeoutNanos) {
    return new AddressRace(
        clock.eventLoop(),
        IntStream.rangeClosed(1, addresses)
            .<SocketAddress>mapToObj(port -> new InetSocketAddress("10.0.0.1", port))
            .toList(),
        timeoutNanos,
        this::dial,
        new AddressRace.Listener() {
          @Override
          public void onConnected(Channel channel, SocketAddress address) {
            heard.add("connected " + port(address));
          }

          @Override
          public void onRefused(SocketAddress address, Throwable cause) {
            heard.add("refused " + port(address));
          }

          @Override
          public void onExhausted() {
            heard.add("exhausted");
          }
        });
  }

  private static int port(SocketAddress address) {
    return ((InetSocketAddress) address).getPort();
  }

  private ChannelFuture dial(SocketAddress address) {
    ChannelPromise promise = new EmbeddedChannel().newPromise();
    dialled.put(port(address), promise);
    return promise;
  }

  private void refuse(int address) {
    settle(address).setFailure(new ConnectException());
    run(address);
  }

  private void accept(int address) {
    settle(address).setSuccess();
    run(address);
  }

  private ChannelPromise settle(int address) {
    return Objects.requireNonNull(dialled.get(address));
  }

  private boolean isOpen(int address) {
    return settle(address).channel().isOpen();
  }

  private void run(int address) {
    ((EmbeddedChannel) settle(address).channel()).runPendingTasks();
  }

  private void pass(long millis) {
    clock.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    clock.runScheduledPendingTasks();
  }

  @Test
  void anAddressThatRefusesMakesWayAtOnce() {
    race(3, TIMEOUT).next();
    refuse(1);
    accept(2);
    assertThat(heard).containsExactly("refused 1", "connected 2");
    pass(10_000);
    assertThat(dialled).hasSize(2);
  }

  @Test
  void anAddressThatHangsIsJoinedByTheNext() {
    race(3, TIMEOUT).next();
    pass(249);
    assertThat(dialled).hasSize(1);
    pass(1);
    assertThat(dialled).hasSize(2);
    accept(2);
    assertThat(heard).containsExactly("connected 2");
    assertThat(isOpen(1)).as("the one that hung").isFalse();
    assertThat(isOpen(2)).isTrue();
  }

  @Test
  void anAddressThatAnswersLateWins() {
    race(2, TIMEOUT).next();
    pass(250);
    accept(1);
    assertThat(heard).containsExactly("connected 1");
    assertThat(isOpen(2)).isFalse();
  }

  @Test
  void aSecondConnectionIsClosed() {
    race(2, TIMEOUT).next();
    pass(250);
    accept(1);
    settle(2).setSuccess();
    run(2);
    assertThat(heard).containsExactly("connected 1");
    assertThat(isOpen(2)).isFalse();
  }

  @Test
  void whatHangsIsWaitedForWhenAllOthersHaveRefused() {
    AddressRace race = race(2, TIMEOUT);
    race.next();
    pass(250);
    refuse(2);
    assertThat(heard).containsExactly("refused 2");
    assertThat(race.waitingFor()).extracting(AddressRaceTest::port).containsExactly(1);
    refuse(1);
    assertThat(heard).containsExactly("refused 2", "refused 1", "exhausted");
  }

  @Test
  void allOfManyAddressesGetAShareOfTheTime() {
    race(10, TimeUnit.MILLISECONDS.toNanos(100)).next();
    for (int i = 1; i < 10; i++) {
      pass(10);
    }
    assertThat(dialled).hasSize(10);
  }

  @Test
  void aConnectionThatWasNoUseIsFollowedByTheNextAddress() {
    AddressRace race = race(2, TIMEOUT);
    race.next();
    accept(1);
    race.next();
    accept(2);
    race.next();
    assertThat(heard).containsExactly("connected 1", "connected 2", "exhausted");
  }

  @Test
  void nothingIsBegunAfterTheEnd() {
    AddressRace race = race(3, TIMEOUT);
    race.next();
    race.stop();
    pass(10_000);
    assertThat(dialled).hasSize(1);
    assertThat(isOpen(1)).isFalse();
    assertThat(heard).isEmpty();
  }
}
