import { describe, expect, it } from 'vitest'
import { createHarness } from './simulator-harness.ts'

const at = (path: string) => `/v2/businesses/2001/${path}`

describe('chats', () => {
  it('are announced, read, answered, and go on', async () => {
    const market = await createHarness()
    const orderId = await market.place({
      script: { chats: [{ at: 'opened', messages: ['Когда?'], replies: ['Спасибо'] }] },
    })
    await market.timers.advance(0)
    const [created] = market.ofType('CHAT_CREATED')
    const [sent] = market.ofType('CHAT_MESSAGE_SENT')
    const chatId = created?.body.chatId
    expect(sent?.body).toMatchObject({ chatId, messageId: expect.stringMatching(/^\d+$/), businessId: 2001 })
    expect((await market.control.getOrder(orderId)).unanswered).toEqual([`chat ${chatId}`])
    expect((await market.call('GET', at(`chat?chatId=${chatId}`))).body.result).toMatchObject({
      context: { type: 'ORDER', orderId: Number(orderId) },
      status: 'WAITING_FOR_PARTNER',
    })
    const message = await market.call('GET', at(`chats/message?chatId=${chatId}&messageId=${sent?.body.messageId}`))
    expect(message.body.result).toMatchObject({
      sender: 'CUSTOMER',
      message: 'Когда?',
      messageId: Number(sent?.body.messageId),
    })
    expect(
      (await market.call('POST', at('chats?limit=20'), { statuses: ['WAITING_FOR_PARTNER'] })).body.result.chats,
    ).toHaveLength(1)

    const say = async (text: string) =>
      await market.call('POST', at(`chats/message?chatId=${chatId}`), { message: text })
    expect((await say('Завтра')).body).toEqual({ status: 'OK' })
    await say('Пожалуйста')
    await market.timers.advance(0)
    const history = await market.call('POST', at(`chats/history?chatId=${chatId}`), {})
    expect(
      history.body.result.messages.map(({ sender, message }: Record<string, string>) => [sender, message]),
    ).toEqual([
      ['CUSTOMER', 'Когда?'],
      ['PARTNER', 'Завтра'],
      ['CUSTOMER', 'Спасибо'],
      ['PARTNER', 'Пожалуйста'],
    ])
    expect(market.ofType('CHAT_MESSAGE_SENT')).toHaveLength(4)
    expect((await market.control.getOrder(orderId)).unanswered).toEqual([])
    await say('Пожалуйста')
    expect(await market.violations()).toEqual(['repeated'])
  })

  it('are opened by the seller once for each order', async () => {
    const market = await createHarness()
    const orderId = await market.place()
    const open = async () =>
      (await market.call('POST', at('chats/new'), { context: { type: 'ORDER', id: Number(orderId) } })).body.result
        .chatId
    expect(await open()).toBe(await open())
    expect(market.ofType('CHAT_CREATED')).toHaveLength(1)
  })

  it('may have nothing to do with an order, and be taken to the arbiter', async () => {
    const market = await createHarness()
    const chat = await market.control.openChat({ context: 'DIRECT', messages: ['Есть в наличии?'] })
    expect((await market.call('GET', at(`chat?chatId=${chat.id}`))).body.result.context).toEqual({
      type: 'DIRECT',
      customer: { name: expect.any(String), publicId: expect.any(String) },
    })
    await market.control.sayInChat(chat.id, 'Ау')
    expect((await market.control.getChat(chat.id)).messages).toHaveLength(2)
    const orderId = await market.place()
    await market.control.openChat({ orderId, messages: ['Верните деньги'], withArbiter: true })
    await market.timers.advance(0)
    expect(market.types()).toContain('CHAT_ARBITRAGE_STARTED')
  })
})

describe('reviews and questions', () => {
  it('are read, answered and told back', async () => {
    const market = await createHarness()
    const orderId = await market.place({
      script: {
        reviews: [{ at: 'opened', rating: 3, comments: ['И у меня'] }],
        questions: [{ at: 'opened', answers: ['Да'] }],
      },
    })
    await market.timers.advance(0)
    const id = (type: string, name: string) => market.ofType(type)[0]?.body[name] as number
    const feedbackId = id('GOODS_FEEDBACK_CREATED', 'feedbackId')
    const commentId = id('GOODS_FEEDBACK_COMMENT_CREATED', 'commentId')
    const questionId = id('QUESTION_CREATED', 'questionId')
    const answerId = id('QUESTION_ANSWER_CREATED', 'answerId')

    const reviews = await market.call('POST', at('goods-feedback'), { feedbackIds: [feedbackId] })
    expect(reviews.body.result.feedbacks).toMatchObject([
      {
        needReaction: true,
        identifiers: { orderId: Number(orderId), offerId: 'KETTLE' },
        statistics: { rating: 3, commentsCount: 1 },
      },
    ])
    const comments = await market.call('POST', at('goods-feedback/comments'), { commentIds: [commentId] })
    expect(comments.body.result.comments).toMatchObject([
      { id: commentId, text: 'И у меня', author: { type: 'USER' }, canModify: false },
    ])
    const both = await market.call('POST', at('goods-feedback/comments'), { commentIds: [commentId], feedbackId })
    expect(both.status).toBe(400)

    expect((await market.control.getOrder(orderId)).unanswered).toHaveLength(2)
    const update = await market.call('POST', at('goods-feedback/comments/update'), {
      feedbackId,
      comment: { parentId: commentId, text: 'Жаль' },
    })
    expect(update.body.result).toMatchObject({ feedbackId, parentId: commentId, canModify: true })
    const answer = await market.call('POST', '/v1/businesses/2001/goods-questions/update', {
      operationType: 'CREATE',
      parentEntityId: { id: questionId, type: 'QUESTION' },
      text: 'Есть',
    })
    expect(answer.body.result.entity).toMatchObject({ type: 'ANSWER' })
    const remark = await market.call('POST', '/v1/businesses/2001/goods-questions/update', {
      operationType: 'CREATE',
      parentEntityId: { id: answerId, type: 'ANSWER' },
      text: 'Верно',
    })
    expect(remark.body.result.entity).toMatchObject({ type: 'COMMENT' })
    await market.timers.advance(0)
    expect(market.types().slice(-3)).toEqual([
      'GOODS_FEEDBACK_COMMENT_CREATED',
      'QUESTION_ANSWER_CREATED',
      'QUESTION_COMMENT_CREATED',
    ])
    expect((await market.control.getOrder(orderId)).unanswered).toEqual([])

    const questions = await market.call('POST', '/v1/businesses/2001/goods-questions', { questionIds: [questionId] })
    expect(questions.body.result).toMatchObject({
      totalCount: 1,
      questions: [{ questionIdentifiers: { id: questionId } }],
    })
    const answers = await market.call('POST', '/v1/businesses/2001/goods-questions/answers', { answerIds: [answerId] })
    expect(answers.body.result.answers).toMatchObject([{ id: answerId, comments: [{ text: 'Верно' }] }])
    expect(await market.violations()).toEqual(['malformed'])
  })

  it('can be marked as read, changed and taken back', async () => {
    const market = await createHarness()
    const { id } = await market.control.writeReview({ text: 'Плохо', rating: 1 })
    expect((await market.call('POST', at('goods-feedback/skip-reaction'), { feedbackIds: [Number(id)] })).body).toEqual(
      { status: 'OK' },
    )
    expect(
      (await market.call('POST', at('goods-feedback'), { reactionStatus: 'NEED_REACTION' })).body.result.feedbacks,
    ).toEqual([])
    const question = await market.control.askQuestion({ text: 'Почём?' })
    const change = async (body: object) => await market.call('POST', '/v1/businesses/2001/goods-questions/update', body)
    const { body } = await change({
      operationType: 'CREATE',
      parentEntityId: { id: Number(question.id), type: 'QUESTION' },
      text: 'Дорого',
    })
    const entityId = body.result.entity
    await change({ operationType: 'UPDATE', entityId, text: 'Дёшево' })
    expect((await market.control.getQuestion(question.id)).answers).toMatchObject([{ text: 'Дёшево' }])
    await change({ operationType: 'DELETE', entityId })
    expect((await market.control.getQuestion(question.id)).answers).toEqual([])
  })
})
