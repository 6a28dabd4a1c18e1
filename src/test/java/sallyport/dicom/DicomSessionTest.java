package sallyport.dicom;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a stream of DICOM may be ended, by what both sides have sent. */
class DicomSessionTest {
  private static final int ASSOCIATE_AC = 2;
  private static final int DATA = 4;

  private final DicomSession session = new DicomSession();

  private static ByteBuf pdu(int type, int length) {
    return Unpooled.buffer().writeByte(type).writeByte(0).writeInt(length).writeZero(length);
  }

  private static void inPieces(ByteBuf all, int size, Consumer<ByteBuf> to) {
    while (all.isReadable()) {
      to.accept(all.readSlice(Math.min(size, all.readableBytes())));
    }
  }

  private void assertBetween(boolean between) {
    assertThat(session.isBetweenMessages()).isEqualTo(between);
  }

  private void associate() {
    session.fromClient(pdu(PduScan.ASSOCIATE_RQ, 205));
    session.fromBackend(pdu(ASSOCIATE_AC, 184));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 6, 7, 64, 100_000})
  void anAssociationIsOverWithItsReleaseInPiecesOfAnySize(int size) {
    assertBetween(true);
    inPieces(pdu(PduScan.ASSOCIATE_RQ, 205), size, session::fromClient);
    assertBetween(false);
    inPieces(pdu(ASSOCIATE_AC, 184), size, session::fromBackend);
    assertBetween(false);
    inPieces(pdu(DATA, 16_384), size, session::fromClient);
    inPieces(pdu(DATA, 0), size, session::fromClient);
    inPieces(pdu(DATA, 80), size, session::fromBackend);
    assertBetween(false);
    inPieces(pdu(PduScan.RELEASE_RQ, 4), size, session::fromClient);
    assertBetween(false);
    inPieces(pdu(PduScan.RELEASE_RP, 4), size, session::fromBackend);
    assertBetween(true);
  }

  @Test
  void noPlaceWithinAPduIsBetweenAssociations() {
    ByteBuf request = pdu(PduScan.ASSOCIATE_RQ, 205);
    while (request.isReadable()) {
      session.fromClient(request.readSlice(1));
      assertBetween(false);
    }
    ByteBuf refusal = pdu(PduScan.ASSOCIATE_RJ, 4);
    while (refusal.readableBytes() > 1) {
      session.fromBackend(refusal.readSlice(1));
      assertBetween(false);
    }
    session.fromBackend(refusal);
    assertBetween(true);
  }

  @Test
  void anAbortOfEitherSideEndsAnAssociation() {
    associate();
    session.fromClient(pdu(PduScan.ABORT, 4));
    assertBetween(true);
    associate();
    session.fromClient(pdu(PduScan.RELEASE_RQ, 4));
    session.fromBackend(pdu(PduScan.ABORT, 4));
    assertBetween(true);
    associate();
    assertBetween(false);
  }

  @Test
  void releasesOfBothSidesAtOnceBothNeedTheirAnswers() {
    associate();
    session.fromClient(pdu(PduScan.RELEASE_RQ, 4));
    session.fromBackend(pdu(PduScan.RELEASE_RQ, 4));
    session.fromClient(pdu(PduScan.RELEASE_RP, 4));
    assertBetween(false);
    session.fromBackend(pdu(PduScan.RELEASE_RP, 4));
    assertBetween(true);
  }

  /** The body of a PDU can hold anything, that of another PDU included. */
  @Test
  void bodiesAreNotTakenForPdus() {
    associate();
    ByteBuf abort = pdu(PduScan.ABORT, 4);
    session.fromClient(
        Unpooled.buffer()
            .writeByte(DATA)
            .writeByte(0)
            .writeInt(abort.readableBytes())
            .writeBytes(abort));
    assertBetween(false);
  }

  @Test
  void aLengthAboveTwoGibibytesIsALength() {
    associate();
    session.fromClient(Unpooled.buffer().writeByte(PduScan.ABORT).writeByte(0).writeInt(-1));
    session.fromClient(pdu(PduScan.ABORT, 4));
    assertBetween(false);
  }

  /** Octets of another protocol: a drain waits for its timeout. */
  @ParameterizedTest
  @ValueSource(ints = {0, 8, 'G', 255})
  void anUnknownTypeIsNeverBetweenAssociations(int type) {
    session.fromClient(pdu(type, 4));
    assertBetween(false);
    session.fromClient(pdu(PduScan.ABORT, 4));
    assertBetween(false);
  }

  @Test
  void theOctetsStayAsTheyAre() {
    ByteBuf all = pdu(DATA, 100);
    session.fromClient(all);
    assertThat(all).isEqualTo(pdu(DATA, 100));
  }
}
