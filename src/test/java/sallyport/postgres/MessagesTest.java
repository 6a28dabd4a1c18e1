package sallyport.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages of both sides, as they pass in pieces. */
class MessagesTest {
  private final List<CancelKey> keys = new ArrayList<>();
  private final ServerMessages server = new ServerMessages(keys::add);
  private final ClientMessages client = new ClientMessages();

  private static ByteBuf message(char type, byte... content) {
    return Unpooled.buffer().writeByte(type).writeInt(content.length + 4).writeBytes(content);
  }

  /** What a server sends at the beginning of a session. */
  private static ByteBuf beginning() {
    return Unpooled.wrappedBuffer(
        message('R', new byte[4]),
        message('S', new byte[300]),
        message(
            'K', (byte) 0, (byte) 0, (byte) 0, (byte) 9, (byte) 1, (byte) 2, (byte) 3, (byte) 4),
        message('Z', (byte) 'I'));
  }

  private static void inPieces(ByteBuf all, int size, Consumer<ByteBuf> to) {
    while (all.isReadable()) {
      to.accept(all.readSlice(Math.min(size, all.readableBytes())));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 1000})
  void theKeyOfASessionIsFoundInPiecesOfAnySize(int size) {
    inPieces(beginning(), size, server::pass);
    assertThat(keys).containsExactly(new CancelKey(9, "01020304"));
    assertThat(server.isIdle()).isTrue();
    assertThat(server.answered()).isOne();
  }

  @Test
  void thePiecesStayAsTheyAre() {
    ByteBuf all = beginning();
    server.pass(all);
    assertThat(all).isEqualTo(beginning());
  }

  /** A row of a table can hold anything. */
  @Test
  void contentIsNotTakenForMessages() {
    server.pass(beginning());
    server.pass(message('D', ByteBufUtil.getBytes(beginning())));
    assertThat(server.answered()).isOne();
    assertThat(server.isIdle()).isFalse();
    assertThat(keys).hasSize(1);
  }

  @Test
  void aKeyIsNotTakenAfterTheBeginning() {
    server.pass(beginning());
    server.pass(message('K', new byte[8]));
    assertThat(keys).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 7, 261})
  void aKeyOfAnotherLengthIsNotTaken(int length) {
    server.pass(message('K', new byte[length]));
    assertThat(keys).isEmpty();
  }

  @Test
  void aSessionInATransactionIsNotIdle() {
    server.pass(message('Z', (byte) 'T'));
    assertThat(server.isIdle()).isFalse();
    server.pass(message('Z', (byte) 'I'));
    assertThat(server.isIdle()).isTrue();
  }

  @Test
  void halfAMessageIsNotIdle() {
    server.pass(message('Z', (byte) 'I').writerIndex(5));
    assertThat(server.isIdle()).isFalse();
  }

  @Test
  void whatIsNoMessageIsNeverIdle() {
    server.pass(Unpooled.buffer().writeByte('Z').writeInt(3));
    server.pass(message('Z', (byte) 'I'));
    assertThat(server.isIdle()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 1000})
  void theQuestionsOfAClientAreCounted(int size) {
    ByteBuf questions =
        Unpooled.wrappedBuffer(
            message('Q', new byte[20]),
            message('P', new byte[] {'Q', 'S', 'F'}),
            message('B', new byte[9]),
            message('S'),
            message('F', new byte[9]),
            message('d', message('Q').array()));
    inPieces(questions, size, client::pass);
    assertThat(client.asked()).isEqualTo(3);
    assertThat(client.isBetweenMessages()).isTrue();
  }

  @Test
  void halfAQuestionIsNoBorder() {
    client.pass(message('Q', new byte[20]).writerIndex(9));
    assertThat(client.isBetweenMessages()).isFalse();
  }

  @Test
  void aRequestInClearTextIsHeardFromTheSessionsOwnAddressAlone() throws Exception {
    CancelKeys sessions = new CancelKeys();
    CancelKey key = new CancelKey(9, "01020304");
    CancelKeys.Canceller way = (loop, asked) -> loop.newSucceededFuture(null);
    final Runnable end = sessions.add(key, InetAddress.getByName("127.0.0.2"), way);
    assertThat(sessions.findFrom(InetAddress.getByName("127.0.0.2"), key)).isSameAs(way);
    assertThat(sessions.findFrom(InetAddress.getByName("127.0.0.3"), key)).isNull();
    assertThat(sessions.find(key)).isSameAs(way);
    assertThat(sessions.find(new CancelKey(9, "01020305"))).isNull();
    end.run();
    assertThat(sessions.find(key)).isNull();
    assertThat(sessions.size()).isZero();
  }
}
