declare module 'newman';
declare module 'postman-collection';
