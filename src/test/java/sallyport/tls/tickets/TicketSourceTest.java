package sallyport.tls.tickets;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import sallyport.config.tls.SessionTicketsConfig;
import sallyport.config.tls.TicketSourceConfig;
import sallyport.credentials.tickets.TicketKey;

/** Which keys there are when; that nobody else's computed ones differ, {@code ReplicasIT} shows. */
class TicketSourceTest {
  private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");
  private static final Duration LIFE = Duration.ofHours(12);
  private static final Duration ACCEPTED = Duration.ofHours(24);
  private static final Duration SPAN = LIFE.plus(ACCEPTED);

  private static TicketKey key(Duration after) {
    return TicketKey.random(START.plus(after), new SecureRandom());
  }

  private static Instant at(Duration after) {
    return START.plus(after);
  }

  @Test
  void inMemoryAKeySealsForItsLifeAndIsTakenForAWhileLonger() {
    TicketSource memory =
        new TicketSource.Memory(
            new SessionTicketsConfig(new TicketSourceConfig.Memory(), LIFE, ACCEPTED), List.of());
    TicketKey first = memory.at(START).getFirst();
    assertThat(memory.at(at(LIFE.minusMillis(1)))).containsExactly(first);
    TicketKey second = memory.at(at(LIFE)).getFirst();
    assertThat(second).isNotEqualTo(first);
    assertThat(memory.at(at(SPAN.minusMillis(1)))).contains(first, second);
    assertThat(memory.at(at(SPAN))).doesNotContain(first);
  }

  @Test
  void afterALongPauseInMemoryOnlyTheNewKeyIsLeft() {
    TicketSource memory =
        new TicketSource.Memory(
            new SessionTicketsConfig(new TicketSourceConfig.Memory(), LIFE, ACCEPTED), List.of());
    TicketKey first = memory.at(START).getFirst();
    assertThat(memory.at(at(Duration.ofDays(9)))).hasSize(1).doesNotContain(first);
  }

  @Test
  void inAFolderEachKeySealsFromItsTimeOnAndIsTakenBefore() {
    TicketKey first = key(Duration.ZERO);
    TicketKey second = key(LIFE);
    TicketSource folder = new TicketSource.Folder(List.of(first, second), SPAN);
    assertThat(folder.at(START)).containsExactly(first, second);
    assertThat(folder.at(at(LIFE.minusMillis(1)))).containsExactly(first, second);
    assertThat(folder.at(at(LIFE))).containsExactly(second, first);
    assertThat(folder.at(at(SPAN))).containsExactly(second);
  }

  @Test
  void theLastKeyInAFolderGoesOnUntilItsTicketsEndAndNoLonger() {
    TicketKey only = key(Duration.ZERO);
    TicketSource folder = new TicketSource.Folder(List.of(only), SPAN);
    assertThat(folder.at(at(SPAN.minusMillis(1)))).containsExactly(only);
    assertThat(folder.at(at(SPAN))).isEmpty();
  }

  @Test
  void whereAllKeysInAFolderAreYetToComeTheFirstSeals() {
    TicketKey first = key(Duration.ofMinutes(1));
    TicketKey second = key(LIFE);
    TicketSource folder = new TicketSource.Folder(List.of(first, second), SPAN);
    assertThat(folder.at(START)).containsExactly(first, second);
  }
}
