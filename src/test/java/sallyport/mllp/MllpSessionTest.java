package sallyport.mllp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a stream of MLLP may be ended, by what both sides have sent. */
class MllpSessionTest {
  private static final String MESSAGE = "\u000bMSH|^~\\&|LAB\rPID|||1\rOBX|MSA|A\r\u001c\r";
  private static final String ACK = "\u000bMSH|^~\\&|EHR\rMSA|AA|1\r\u001c\r";
  private static final String COMMIT = ACK.replace("|AA|", "|CA|");

  private final MllpSession session = new MllpSession();

  private static ByteBuf octets(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
  }

  private void client(String text) {
    session.fromClient(octets(text));
  }

  private void backend(String text) {
    session.fromBackend(octets(text));
  }

  private static void inPieces(String text, int size, Consumer<String> to) {
    for (int from = 0; from < text.length(); from += size) {
      to.accept(text.substring(from, Math.min(from + size, text.length())));
    }
  }

  private void assertBetween(boolean between) {
    assertThat(session.isBetweenMessages()).isEqualTo(between);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 1000})
  void aMessageIsOverWithItsAcknowledgementInPiecesOfAnySize(int size) {
    assertBetween(true);
    inPieces(MESSAGE, size, this::client);
    assertBetween(false);
    inPieces(ACK, size, this::backend);
    assertBetween(true);
  }

  @Test
  void noPlaceWithinAnExchangeIsBetweenMessages() {
    for (int i = 0; i < MESSAGE.length(); i++) {
      client(MESSAGE.substring(i, i + 1));
      assertBetween(false);
    }
    for (int i = 0; i < ACK.length() - 1; i++) {
      backend(ACK.substring(i, i + 1));
      assertBetween(false);
    }
    backend("\r");
    assertBetween(true);
  }

  @Test
  void severalMessagesInOneReadWaitForAsManyAcknowledgements() {
    client(MESSAGE + MESSAGE + "\0\r\n" + MESSAGE);
    backend(ACK + ACK);
    assertBetween(false);
    backend(ACK);
    assertBetween(true);
  }

  @Test
  void paddingBetweenBlocksIsNotAMessage() {
    client("\0\0" + MESSAGE + "\r\n\0");
    backend("\r\n" + ACK + "\0");
    assertBetween(true);
  }

  @Test
  void theBackendMayBeTheOneThatSends() {
    backend(MESSAGE);
    assertBetween(false);
    client(ACK);
    assertBetween(true);
  }

  @Test
  void messagesOfBothSidesAreNotTakenForAnswers() {
    client(MESSAGE);
    backend(MESSAGE);
    assertBetween(false);
    client(ACK);
    assertBetween(false);
    backend(ACK);
    assertBetween(true);
  }

  @Test
  void anApplicationAcknowledgementAfterACommitIsAMessageOfItsOwn() {
    client(MESSAGE);
    backend(COMMIT);
    assertBetween(true);
    client(MESSAGE);
    backend(ACK);
    assertBetween(false);
    backend(COMMIT);
    assertBetween(false);
    client(COMMIT);
    assertBetween(true);
  }

  /** Octets that end no block: a drain waits for its timeout. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "MSH|^~\\&|LAB\r",
        "GET / HTTP/1.1\r\n\r\n",
        "\u000bMSH|\u001c\n",
        "\u000b",
        "\u001c\r",
        "\uffff"
      })
  void octetsWithoutFramesAreNeverBetweenMessages(String garbage) {
    client(garbage);
    assertBetween(false);
    client("more of it");
    assertBetween(false);
  }

  /** An end within the content does not end the block. */
  @Test
  void anEndWithoutACarriageReturnIsContent() {
    client("\u000bMSH|\u001c\u001c|x\u001c");
    client("\u001c\r");
    backend(ACK);
    assertBetween(true);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "MSH|^~\\&|\\rMSA|AA; 1",
        "MSH|^~\\&|\\r\\nMSA|AE; 1",
        "MSH|^~\\&|\\r\\rMSA|AR; 1",
        "MSH|^~\\&|\\rSFT|x\\rMSA|AA; 1",
        "MSH|^~\\&|\\rMS\\rMSA|AA; 1",
        "MSH|^~\\&|\\rMSA; 0",
        "MSH|^~\\&|\\rMSB|AA; 0",
        "MSH|^~\\&|MSA|AA; 0",
        "MSA|AA; 0",
        "'';0"
      })
  void anAcknowledgementHasTheSegmentMsa(String content, long answers) {
    MllpBlocks blocks = new MllpBlocks();
    String block = "\u000b" + content.replace("\\r", "\r").replace("\\n", "\n") + "\u001c\r";
    for (int size : new int[] {1, 2, 1000}) {
      inPieces(block, size, piece -> blocks.pass(octets(piece)));
    }
    assertThat(blocks.answers()).isEqualTo(3 * answers);
    assertThat(blocks.messages()).isEqualTo(3 - 3 * answers);
  }

  @Test
  void theOctetsStayAsTheyAre() {
    ByteBuf all = octets(MESSAGE);
    session.fromClient(all);
    assertThat(all).isEqualTo(octets(MESSAGE));
  }
}
